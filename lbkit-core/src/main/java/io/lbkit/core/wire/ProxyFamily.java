package io.lbkit.core.wire;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import org.jspecify.annotations.Nullable;

/** The kinds of addresses in a PROXY header of version 2, with their code for streams and what they take. */
enum ProxyFamily {
    UNSPEC(0x00, 0),
    IPV4(0x11, 12),
    IPV6(0x21, 36),
    UNIX(0x31, 216);

    static final int UNIX_PATH_BYTES = 108;

    final int streamCode;
    final int addressBytes;

    ProxyFamily(int streamCode, int addressBytes) {
        this.streamCode = streamCode;
        this.addressBytes = addressBytes;
    }

    /** That of a byte on the wire, which may also announce datagrams; null for combinations that do not exist. */
    static @Nullable ProxyFamily ofCode(int code) {
        return switch (code) {
            case 0x00 -> UNSPEC;
            case 0x11, 0x12 -> IPV4;
            case 0x21, 0x22 -> IPV6;
            case 0x31, 0x32 -> UNIX;
            default -> null;
        };
    }

    /** That of two addresses: IPv6 if only one of them is IPv4, and nothing if they have nothing in common. */
    static ProxyFamily of(@Nullable SocketAddress source, @Nullable SocketAddress destination) {
        InetAddress from = ip(source);
        InetAddress to = ip(destination);
        if (from != null && to != null) {
            return from instanceof Inet4Address && to instanceof Inet4Address ? IPV4 : IPV6;
        }
        return isAnnounced(source) && isAnnounced(destination) ? UNIX : UNSPEC;
    }

    private static @Nullable InetAddress ip(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet.getAddress() : null;
    }

    /** Paths that are no printable ASCII mean other bytes on other machines; they stay at home. */
    private static boolean isAnnounced(@Nullable SocketAddress address) {
        return address instanceof UnixDomainSocketAddress unix
                && unix.getPath().toString().length() <= UNIX_PATH_BYTES
                && isPrintable(unix.getPath().toString());
    }

    static boolean isPrintable(String path) {
        return path.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
    }

    /** The bytes of an address of this family, without the port. */
    byte[] bytes(SocketAddress address) {
        if (this == UNIX) {
            byte[] padded = new byte[UNIX_PATH_BYTES];
            byte[] path =
                    ((UnixDomainSocketAddress) address).getPath().toString().getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(path, 0, padded, 0, path.length);
            return padded;
        }
        byte[] ip = ((InetSocketAddress) address).getAddress().getAddress();
        return this == IPV6 && ip.length == 4 ? mapped(ip) : ip;
    }

    private static byte[] mapped(byte[] ipv4) {
        byte[] ip = new byte[16];
        ip[10] = (byte) 0xff;
        ip[11] = (byte) 0xff;
        System.arraycopy(ipv4, 0, ip, 12, 4);
        return ip;
    }

    static int port(SocketAddress address) {
        return ((InetSocketAddress) address).getPort();
    }

    private static @Nullable SocketAddress path(String path) {
        try {
            return UnixDomainSocketAddress.of(path);
        } catch (InvalidPathException e) {
            return null; // not every system takes every character
        }
    }

    /** The first or the second address of a block at an index; null for a path that is not announced. */
    @Nullable
    SocketAddress read(ByteBuffer in, int block, int which) {
        int size = this == UNIX ? UNIX_PATH_BYTES : (addressBytes - 4) / 2;
        byte[] bytes = new byte[size];
        in.get(block + which * size, bytes);
        if (this == UNIX) {
            String path = new String(bytes, StandardCharsets.ISO_8859_1);
            String ended = path.substring(0, (path + '\0').indexOf('\0'));
            boolean isAbstract = ended.isEmpty() && bytes[1] != 0;
            return isPrintable(ended) && !isAbstract ? path(ended) : null;
        }
        int at = block + 2 * size + 2 * which;
        return new InetSocketAddress(IpText.address(bytes), (in.get(at) & 0xff) << 8 | in.get(at + 1) & 0xff);
    }
}
