package io.lbkit.core.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.core.wire.ProxyHeader.Versions;
import io.lbkit.core.wire.Reading.State;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What holds of any bytes at all: no exception, nothing read behind the limit, the buffer as it was, the same answer
 * however the bytes were cut, nothing of the input in what is said of it, and values that can be written and read again.
 */
final class Invariants {

    /** Enough of the beginnings of long inputs. */
    private static final int BEGINNINGS = 200;

    private Invariants() {}

    static Reading<ProxyHeader> proxyHeader(byte[] bytes, Versions versions) {
        Reading<ProxyHeader> reading = Cuts.read(in -> ProxyHeader.read(in, versions, 4096), bytes, step(bytes));
        assertSaysLittle(reading);
        ProxyHeader header = reading.value();
        if (header != null) {
            assertTrue(header.length() <= bytes.length && header.length() <= 4096, header.length() + " bytes");
            assertEquals(header.source() == null, header.destination() == null);
            assertEquals(
                    reading.state() + "",
                    ProxyHeader.read(ByteBuffer.wrap(bytes, 0, header.length()), versions, 4096)
                                    .state()
                            + "");
            assertWritable(header, Arrays.copyOf(bytes, header.length()));
        }
        return reading;
    }

    private static void assertWritable(ProxyHeader header, byte[] original) {
        ProxyHeader again = header.version() == 1
                ? ProxyHeader.v1(header.source(), header.destination())
                : header.command() == ProxyHeader.Command.LOCAL
                        ? ProxyHeader.local()
                        : ProxyHeader.v2(header.source(), header.destination(), header.tlvs(), header.hasChecksum());
        byte[] written = Cuts.written(again);
        ProxyHeader back = ProxyHeader.read(ByteBuffer.wrap(written), Versions.BOTH, 1 << 17)
                .value();
        assertTrue(back != null, "what was written is not a header");
        assertEquals(Cuts.describe(again), Cuts.describe(back));
        assertEquals(header.source(), back.source());
        assertEquals(header.destination(), back.destination());
        assertEquals(header.tlvs().toString(), back.tlvs().toString());
        if (isCanonical(header, original)) {
            assertArrayEquals(original, written);
        }
    }

    /** Whether there is one way only to write what is in the header, so that it must be the way it was written. */
    private static boolean isCanonical(ProxyHeader header, byte[] original) {
        if (!(header.source() instanceof InetSocketAddress source)
                || source.getAddress().getAddress().length != 4) {
            return false;
        }
        if (header.version() == 1) {
            return original[9] == '4';
        }
        boolean usual = original[13] == 0x11;
        int fixed = 28 + header.tlvs().stream().mapToInt(ProxyTlv::length).sum();
        return usual
                && (header.hasChecksum()
                        // where the checksum is the last one
                        ? header.length() == fixed + 7
                                && original[header.length() - 7] == ProxyTlv.CRC32C
                                && isAtEnd(original)
                        : header.length() == fixed);
    }

    /** Whether the extensions in front of the last seven bytes come out even. */
    private static boolean isAtEnd(byte[] original) {
        int at = 28;
        while (at < original.length - 7) {
            at += 3 + ((original[at + 1] & 0xff) << 8 | original[at + 2] & 0xff);
        }
        return at == original.length - 7;
    }

    static Reading<ClientHello> clientHello(byte[] bytes, int mostBytes) {
        Reading<ClientHello> reading = Cuts.read(in -> ClientHello.read(in, mostBytes), bytes, step(bytes));
        assertSaysLittle(reading);
        if (reading.state() == State.MORE) {
            assertTrue(bytes.length < mostBytes, "needs more than " + bytes.length);
        }
        ClientHello hello = reading.value();
        if (hello != null) {
            String name = hello.serverName();
            assertTrue(name == null || name.matches("[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63})*"), name);
            assertTrue(name == null || name.length() <= 255);
            assertTrue(hello.protocols().stream().allMatch(protocol -> !protocol.isEmpty() && protocol.length() < 256));
            assertTrue(hello.toString().chars().allMatch(c -> c >= 0x20 && c < 0x7f));
        }
        return reading;
    }

    private static int step(byte[] bytes) {
        return 1 + bytes.length / BEGINNINGS;
    }

    private static void assertSaysLittle(Reading<?> reading) {
        assertEquals(reading.state() == State.DONE, reading.value() != null);
        boolean flawed = reading.state() == State.MALFORMED || reading.state() == State.OTHER;
        assertEquals(flawed, !reading.flaw().isEmpty());
        assertTrue(reading.flaw().length() < 60 && reading.flaw().matches("[A-Za-z0-9 ]*"), reading.flaw());
    }
}
