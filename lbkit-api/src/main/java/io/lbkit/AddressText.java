package io.lbkit;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ShortBuffer;

/** Addresses as people write them: {@code 10.0.0.1:5432}, {@code [::1]:5432}, {@code unix:/run/app.sock}. Stateless. */
final class AddressText {

    private AddressText() {}

    static String of(SocketAddress address) {
        if (address instanceof InetSocketAddress inet) {
            return host(inet) + ":" + inet.getPort();
        }
        // A client may have bound its socket to any path, line breaks included; most have none, and are "unix:".
        return address instanceof UnixDomainSocketAddress unix
                ? "unix:" + Range.printable(unix.getPath().toString()).replace(" ", "\\u0020")
                : Range.printable(address.toString());
    }

    private static String host(InetSocketAddress inet) {
        InetAddress ip = inet.getAddress();
        if (ip == null) {
            return Range.printable(inet.getHostString());
        }
        return ip instanceof Inet6Address ? "[" + shortened(ip) + "]" : ip.getHostAddress();
    }

    /** As in RFC 5952, which the JDK does not do: the longest run of two or more zero groups becomes {@code ::}. */
    private static String shortened(InetAddress ip) {
        ShortBuffer groups = ByteBuffer.wrap(ip.getAddress()).asShortBuffer();
        int longest = 1;
        int from = -1;
        for (int i = 0, run = 0; i < 8; i++) {
            run = groups.get(i) == 0 ? run + 1 : 0;
            if (run > longest) {
                longest = run;
                from = i + 1 - run;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == from) {
                text.append(i == 0 ? "::" : ":");
                i += longest - 1;
            } else {
                text.append(Integer.toHexString(groups.get(i) & 0xffff)).append(i < 7 ? ":" : "");
            }
        }
        String plain = ip.getHostAddress();
        return text.append(plain.substring((plain + "%").indexOf('%'))).toString();
    }

    /** The address itself, or a complaint if nobody could bind or connect to it. */
    static SocketAddress check(String property, SocketAddress address, int leastPort) {
        if (address instanceof InetSocketAddress inet) {
            if (inet.isUnresolved()) {
                throw new IllegalArgumentException(
                        property + " is " + of(address) + ", must be a host name that resolves or an IP address");
            }
            Range.of(property + " port", inet.getPort(), leastPort, 65535);
        } else if (address instanceof UnixDomainSocketAddress unix) {
            if (unix.getPath().toString().isEmpty()) {
                throw new IllegalArgumentException(property + " is an empty path, must name a unix-domain socket");
            }
        } else {
            throw new IllegalArgumentException(
                    property + " is " + of(address) + ", must be an InetSocketAddress or a UnixDomainSocketAddress");
        }
        return address;
    }
}
