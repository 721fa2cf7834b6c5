package io.lbkit.core.wire;

import io.lbkit.core.wire.ProxyHeader.Command;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * PROXY headers of version 1: a line of text. Strict: one space between fields, decimal numbers without leading zeros,
 * CR LF. Stateless.
 */
final class ProxyText {

    /** {@code PROXY UNKNOWN} and the line end. */
    static final int LEAST_BYTES = 15;

    private static final String PREFIX = "PROXY ";
    private static final String UNKNOWN = "PROXY UNKNOWN";

    private static final Reading<ProxyHeader> TOO_LONG = Reading.malformed("a PROXY line of more than 107 bytes");
    private static final Reading<ProxyHeader> LINE_END = Reading.malformed("a PROXY line without CR LF");
    private static final Reading<ProxyHeader> FIELDS = Reading.malformed("not the six fields of a PROXY line");
    private static final Reading<ProxyHeader> PROTOCOL = Reading.malformed("an unknown protocol in a PROXY line");
    private static final Reading<ProxyHeader> ADDRESS = Reading.malformed("a malformed address in a PROXY line");
    private static final Reading<ProxyHeader> PORT = Reading.malformed("a malformed port in a PROXY line");

    private ProxyText() {}

    static Reading<ProxyHeader> read(ByteBuffer in) {
        int start = in.position();
        int seen = Math.min(in.remaining(), ProxyHeader.MOST_V1_BYTES);
        for (int i = 0; i < seen; i++) {
            byte b = in.get(start + i);
            if (i < PREFIX.length() && b != PREFIX.charAt(i)) {
                return ProxyHeader.NONE;
            }
            if (b == '\n') {
                return LINE_END;
            }
            if (b == '\r' && i + 1 < ProxyHeader.MOST_V1_BYTES) {
                if (i + 1 == in.remaining()) {
                    return Reading.more();
                }
                return in.get(start + i + 1) == '\n' ? parse(text(in, start, i)) : LINE_END;
            }
        }
        return seen < ProxyHeader.MOST_V1_BYTES ? Reading.more() : TOO_LONG;
    }

    private static String text(ByteBuffer in, int start, int length) {
        byte[] bytes = new byte[length];
        in.get(start, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static Reading<ProxyHeader> parse(String line) {
        int length = line.length() + 2;
        if (line.equals(UNKNOWN) || line.startsWith(UNKNOWN + " ")) {
            return Reading.done(new ProxyHeader(1, Command.PROXY, null, null, List.of(), false, length));
        }
        String[] fields = line.split(" ", -1);
        boolean ipv6 = fields[1].equals("TCP6");
        if (!ipv6 && !fields[1].equals("TCP4")) {
            return PROTOCOL;
        }
        if (fields.length != 6) {
            return FIELDS;
        }
        byte[] from = ipv6 ? IpText.ipv6(fields[2]) : IpText.ipv4(fields[2]);
        byte[] to = ipv6 ? IpText.ipv6(fields[3]) : IpText.ipv4(fields[3]);
        int fromPort = IpText.number(fields[4], 65535);
        int toPort = IpText.number(fields[5], 65535);
        if (from == null || to == null) {
            return ADDRESS;
        }
        if (fromPort < 0 || toPort < 0) {
            return PORT;
        }
        SocketAddress source = new InetSocketAddress(IpText.address(from), fromPort);
        SocketAddress destination = new InetSocketAddress(IpText.address(to), toPort);
        return Reading.done(new ProxyHeader(1, Command.PROXY, source, destination, List.of(), false, length));
    }

    /** The line for two addresses of IP, or for none. */
    static String line(@Nullable SocketAddress source, @Nullable SocketAddress destination) {
        if (source == null || destination == null) {
            return UNKNOWN + "\r\n";
        }
        ProxyFamily family = ProxyFamily.of(source, destination);
        return PREFIX
                + (family == ProxyFamily.IPV4 ? "TCP4 " : "TCP6 ")
                + ip(family, source)
                + ' '
                + ip(family, destination)
                + ' '
                + ProxyFamily.port(source)
                + ' '
                + ProxyFamily.port(destination)
                + "\r\n";
    }

    private static String ip(ProxyFamily family, SocketAddress address) {
        byte[] ip = family.bytes(address);
        return family == ProxyFamily.IPV4 ? IpText.address(ip).getHostAddress() : IpText.ofIpv6(ip);
    }

    static void write(String line, ByteBuffer into) {
        into.put(line.getBytes(StandardCharsets.US_ASCII));
    }
}
