package io.lbkit;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/** Addresses as people write them: {@code 10.0.0.1:5432}, {@code [::1]:5432}, {@code unix:/run/app.sock}. Stateless. */
final class AddressText {

    private AddressText() {}

    static String of(SocketAddress address) {
        if (address instanceof InetSocketAddress inet) {
            return host(inet) + ":" + inet.getPort();
        }
        return address instanceof UnixDomainSocketAddress unix ? "unix:" + unix.getPath() : address.toString();
    }

    private static String host(InetSocketAddress inet) {
        InetAddress ip = inet.getAddress();
        if (ip == null) {
            return inet.getHostString();
        }
        return ip instanceof Inet6Address ? "[" + ip.getHostAddress() + "]" : ip.getHostAddress();
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
            throw new IllegalArgumentException(property + " is " + address
                    + ", must be an InetSocketAddress or a UnixDomainSocketAddress");
        }
        return address;
    }
}
