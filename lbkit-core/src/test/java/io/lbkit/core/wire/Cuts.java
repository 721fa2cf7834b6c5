package io.lbkit.core.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.lbkit.core.wire.Reading.State;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.function.Function;

/** Reads bytes in all the ways in which they may have come, and sees to it that all give the same. */
final class Cuts {

    private Cuts() {}

    /**
     * What a reader makes of the bytes. Each of their beginnings must give that too, or ask for more; the whole must do so in
     * the middle of a buffer, in one outside the heap, and in one of the other byte order, and all of them must stay as they are.
     */
    static <T> Reading<T> read(Function<ByteBuffer, Reading<T>> reader, byte[] bytes) {
        return read(reader, bytes, 1);
    }

    /** The same with some of the beginnings only. */
    static <T> Reading<T> read(Function<ByteBuffer, Reading<T>> reader, byte[] bytes, int step) {
        Reading<T> whole = untouched(reader, ByteBuffer.wrap(bytes));
        String meaning = describe(whole);
        byte[] room = new byte[bytes.length + 40];
        System.arraycopy(bytes, 0, room, 7, bytes.length);
        assertEquals(meaning, describe(untouched(reader, ByteBuffer.wrap(room, 7, bytes.length))));
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).order(ByteOrder.LITTLE_ENDIAN);
        direct.put(bytes).flip();
        assertEquals(meaning, describe(untouched(reader, direct)));
        boolean decided = false;
        for (int seen = 0; seen < bytes.length; seen += step) {
            Reading<T> some = untouched(reader, ByteBuffer.wrap(bytes, 0, seen));
            if (decided || some.state() != State.MORE) {
                assertEquals(meaning, describe(some), "of the first " + seen);
                decided = true;
            }
        }
        return whole;
    }

    private static <T> Reading<T> untouched(Function<ByteBuffer, Reading<T>> reader, ByteBuffer in) {
        int position = in.position();
        int limit = in.limit();
        ByteOrder order = in.order();
        Reading<T> reading = reader.apply(in);
        assertEquals(position, in.position());
        assertEquals(limit, in.limit());
        assertSame(order, in.order());
        return reading;
    }

    /** The shortest beginning with which a reader has decided; -1 if it never does. */
    static <T> int decidedAfter(Function<ByteBuffer, Reading<T>> reader, byte[] bytes) {
        for (int seen = 0; seen <= bytes.length; seen++) {
            if (reader.apply(ByteBuffer.wrap(bytes, 0, seen)).state() != State.MORE) {
                return seen;
            }
        }
        return -1;
    }

    /** All there is to a result, in one line. */
    static String describe(Reading<?> reading) {
        Object value = reading.value();
        if (value instanceof ProxyHeader header) {
            return describe(header);
        }
        if (value instanceof ClientHello hello) {
            return hello.serverName() + " " + hello.protocols();
        }
        return reading.state() + (reading.flaw().isEmpty() ? "" : " " + reading.flaw());
    }

    static String describe(ProxyHeader header) {
        StringBuilder text = new StringBuilder("v" + header.version() + " " + header.command() + " ");
        text.append(header.source()).append(" -> ").append(header.destination());
        for (ProxyTlv tlv : header.tlvs()) {
            text.append(' ').append(Integer.toHexString(tlv.type())).append('=');
            text.append(HexFormat.of().formatHex(tlv.value()));
        }
        return text + (header.hasChecksum() ? " checked" : "") + ", " + header.length() + " bytes";
    }

    static byte[] written(ProxyHeader header) {
        ByteBuffer into = ByteBuffer.allocate(header.length());
        header.writeTo(into);
        assertEquals(header.length(), into.position());
        return into.array();
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }
}
