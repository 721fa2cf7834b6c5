package io.lbkit.core.wire;

import io.lbkit.core.wire.ProxyHeader.Command;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * PROXY headers of version 2: a signature, what kind of addresses, how many bytes follow, the addresses, extensions.
 * Stateless.
 */
final class ProxyBinary {

    /** All before the addresses. */
    static final int FIXED_BYTES = 16;

    private static final String SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";
    private static final int MOST_BYTES = FIXED_BYTES + 65535;
    private static final int CHECKSUM_BYTES = 4;

    private static final Reading<ProxyHeader> VERSION = Reading.malformed("a PROXY header of another version");
    private static final Reading<ProxyHeader> COMMAND = Reading.malformed("an unknown command in a PROXY header");
    private static final Reading<ProxyHeader> FAMILY = Reading.malformed("an unknown family in a PROXY header");
    private static final Reading<ProxyHeader> TOO_LONG = Reading.malformed("a PROXY header longer than allowed");
    private static final Reading<ProxyHeader> TOO_SHORT =
            Reading.malformed("a PROXY header shorter than its addresses");
    private static final Reading<ProxyHeader> TLV = Reading.malformed("a malformed TLV in a PROXY header");
    private static final Reading<ProxyHeader> CHECKSUM = Reading.malformed("a wrong checksum in a PROXY header");

    private ProxyBinary() {}

    static Reading<ProxyHeader> read(ByteBuffer in, int mostBytes) {
        int start = in.position();
        int seen = in.remaining();
        for (int i = 0; i < Math.min(seen, SIGNATURE.length()); i++) {
            if (in.get(start + i) != SIGNATURE.charAt(i)) {
                return ProxyHeader.NONE;
            }
        }
        if (seen <= 12) {
            return Reading.more();
        }
        int versionAndCommand = in.get(start + 12);
        if (versionAndCommand >> 4 != 2) {
            return VERSION;
        }
        if ((versionAndCommand & 0xf) > 1) {
            return COMMAND;
        }
        boolean local = (versionAndCommand & 0xf) == 0;
        if (seen <= 13) {
            return Reading.more();
        }
        // The family of a LOCAL header is ignored, whatever it is.
        ProxyFamily family = local ? ProxyFamily.UNSPEC : ProxyFamily.ofCode(in.get(start + 13) & 0xff);
        if (family == null) {
            return FAMILY;
        }
        if (seen < FIXED_BYTES) {
            return Reading.more();
        }
        int length = FIXED_BYTES + unsigned(in, start + 14);
        if (length > mostBytes) {
            return TOO_LONG;
        }
        if (length < FIXED_BYTES + family.addressBytes) {
            return TOO_SHORT;
        }
        if (seen < length) {
            return Reading.more();
        }
        return local
                ? Reading.done(new ProxyHeader(2, Command.LOCAL, null, null, List.of(), false, length))
                : readBlock(in, family, length);
    }

    private static Reading<ProxyHeader> readBlock(ByteBuffer in, ProxyFamily family, int length) {
        int start = in.position();
        int end = start + length;
        List<ProxyTlv> tlvs = new ArrayList<>();
        int checksumAt = -1;
        for (int at = start + FIXED_BYTES + family.addressBytes; at < end; ) {
            int valueAt = at + ProxyTlv.PREFIX_BYTES;
            int bytes = valueAt <= end ? unsigned(in, at + 1) : 0;
            if (valueAt + bytes > end) {
                return TLV;
            }
            int type = in.get(at) & 0xff;
            if (type == ProxyTlv.CRC32C) {
                if (bytes != CHECKSUM_BYTES || checksumAt >= 0) {
                    return TLV;
                }
                checksumAt = valueAt;
            } else if (type == ProxyTlv.UNIQUE_ID && bytes > ProxyTlv.MOST_UNIQUE_ID_BYTES) {
                return TLV;
            } else if (type != ProxyTlv.NOOP) {
                byte[] value = new byte[bytes];
                in.get(valueAt, value);
                tlvs.add(ProxyTlv.of(type, value));
            }
            at = valueAt + bytes;
        }
        if (checksumAt >= 0 && checksum(in, start, checksumAt, end) != number(in, checksumAt)) {
            return CHECKSUM;
        }
        SocketAddress source = family == ProxyFamily.UNSPEC ? null : family.read(in, start + FIXED_BYTES, 0);
        SocketAddress destination = source == null ? null : family.read(in, start + FIXED_BYTES, 1);
        source = destination == null ? null : source;
        return Reading.done(new ProxyHeader(2, Command.PROXY, source, destination, tlvs, checksumAt >= 0, length));
    }

    /** Of the whole header, with the bytes of the checksum itself taken for zeros. */
    private static int checksum(ByteBuffer in, int start, int checksumAt, int end) {
        CRC32C crc = new CRC32C();
        crc.update(in.slice(start, checksumAt - start));
        crc.update(new byte[CHECKSUM_BYTES]);
        crc.update(in.slice(checksumAt + CHECKSUM_BYTES, end - checksumAt - CHECKSUM_BYTES));
        return (int) crc.getValue();
    }

    private static int unsigned(ByteBuffer in, int at) {
        return (in.get(at) & 0xff) << 8 | in.get(at + 1) & 0xff;
    }

    private static int number(ByteBuffer in, int at) {
        return unsigned(in, at) << 16 | unsigned(in, at + 2);
    }

    static int length(ProxyFamily family, List<ProxyTlv> tlvs, boolean checksum) {
        long length = checksum ? ProxyTlv.PREFIX_BYTES + CHECKSUM_BYTES : 0;
        length += FIXED_BYTES;
        length += family.addressBytes;
        for (ProxyTlv tlv : tlvs) {
            length += tlv.length();
        }
        if (length > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "a PROXY header has " + length + " bytes, must be between " + FIXED_BYTES + " and " + MOST_BYTES);
        }
        return (int) length;
    }

    static void write(ProxyHeader header, ByteBuffer into) {
        ProxyFamily family = ProxyFamily.of(header.source(), header.destination());
        boolean local = header.command() == Command.LOCAL;
        int length = length(family, header.tlvs(), header.hasChecksum());
        int start = into.position();
        for (int i = 0; i < SIGNATURE.length(); i++) {
            into.put((byte) SIGNATURE.charAt(i));
        }
        into.put((byte) (local ? 0x20 : 0x21)).put((byte) family.streamCode);
        putShort(into, length - FIXED_BYTES);
        SocketAddress source = header.source();
        SocketAddress destination = header.destination();
        if (source != null && destination != null) {
            into.put(family.bytes(source)).put(family.bytes(destination));
            if (family != ProxyFamily.UNIX) {
                putShort(into, ProxyFamily.port(source));
                putShort(into, ProxyFamily.port(destination));
            }
        }
        for (ProxyTlv tlv : header.tlvs()) {
            tlv.writeTo(into);
        }
        if (header.hasChecksum()) {
            into.put((byte) ProxyTlv.CRC32C);
            putShort(into, CHECKSUM_BYTES);
            int crc = checksum(into, start, into.position(), start + length);
            putShort(into, crc >>> 16);
            putShort(into, crc);
        }
    }

    private static void putShort(ByteBuffer into, int number) {
        into.put((byte) (number >> 8)).put((byte) number);
    }
}
