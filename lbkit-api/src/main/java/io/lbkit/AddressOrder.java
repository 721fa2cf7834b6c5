package io.lbkit;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The addresses of one server, in the order in which they are tried: RFC 8305, section 4. Stateless. */
final class AddressOrder {

    private AddressOrder() {}

    /** Those of a name, in the order of the JDK, which {@code java.net.preferIPv6Addresses} decides; no more than can be tried. */
    static List<SocketAddress> of(String host, int port) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host))
                    .limit(Backend.MOST_ADDRESSES)
                    .map(ip -> (SocketAddress) new InetSocketAddress(ip, port))
                    .toList();
        } catch (UnknownHostException e) {
            return List.of(InetSocketAddress.createUnresolved(host, port)); // which is complained about as ever
        }
    }

    /** The addresses themselves, if each is one that can be connected to, families in turn, beginning with that of the first. */
    static List<SocketAddress> checked(List<? extends SocketAddress> addresses) {
        if (addresses.isEmpty() || addresses.size() > Backend.MOST_ADDRESSES) {
            throw new IllegalArgumentException(
                    "backend addresses are " + addresses.size() + ", must be between 1 and " + Backend.MOST_ADDRESSES);
        }
        List<SocketAddress> first = new ArrayList<>();
        List<SocketAddress> others = new ArrayList<>();
        for (SocketAddress address : addresses) {
            AddressText.check("backend address", Objects.requireNonNull(address, "backend address"), 1);
            if (addresses.size() > 1 && !(address instanceof InetSocketAddress)) {
                throw new IllegalArgumentException("backend address is " + AddressText.of(address)
                        + ", must not be a unix-domain socket where there are several");
            }
            (isFour(address) == isFour(addresses.get(0)) ? first : others).add(address);
        }
        List<SocketAddress> inTurn = new ArrayList<>();
        for (int i = 0; i < Math.max(first.size(), others.size()); i++) {
            if (i < first.size()) {
                inTurn.add(first.get(i));
            }
            if (i < others.size()) {
                inTurn.add(others.get(i));
            }
        }
        return List.copyOf(inTurn);
    }

    private static boolean isFour(SocketAddress address) {
        return address instanceof InetSocketAddress inet && inet.getAddress() instanceof Inet4Address;
    }
}
