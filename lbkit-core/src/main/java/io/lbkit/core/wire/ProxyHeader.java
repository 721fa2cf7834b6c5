package io.lbkit.core.wire;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A PROXY header: who called the balancer in front of us, and whom. Versions 1 and 2 of HAProxy's
 * {@code doc/proxy-protocol.txt}, to be read from the first bytes of a stream and to be written before them.
 *
 * <p>Immutable.
 */
public final class ProxyHeader {

    /** The longest header of version 1, its line end included. */
    public static final int MOST_V1_BYTES = 107;

    /** Whether a connection is relayed for somebody, or the balancer's own, which mostly checks health. */
    public enum Command {
        PROXY,
        LOCAL
    }

    /** Which versions a reader takes. */
    public enum Versions {
        V1,
        V2,
        BOTH
    }

    static final Reading<ProxyHeader> NONE = Reading.other("no PROXY header");

    private final int version;
    private final Command command;
    private final @Nullable SocketAddress source;
    private final @Nullable SocketAddress destination;
    private final List<ProxyTlv> tlvs;
    private final boolean checksum;
    private final int length;

    ProxyHeader(
            int version,
            Command command,
            @Nullable SocketAddress source,
            @Nullable SocketAddress destination,
            List<ProxyTlv> tlvs,
            boolean checksum,
            int length) {
        this.version = version;
        this.command = command;
        this.source = source;
        this.destination = destination;
        this.tlvs = List.copyOf(tlvs);
        this.checksum = checksum;
        this.length = length;
    }

    /**
     * A header of version 1. Addresses that are not both IP addresses are announced as {@code UNKNOWN}, and so are null; a
     * pair of IPv4 and IPv6 as IPv6.
     */
    public static ProxyHeader v1(@Nullable SocketAddress source, @Nullable SocketAddress destination) {
        boolean known = ProxyFamily.of(source, destination).addressBytes > 0
                && ProxyFamily.of(source, destination) != ProxyFamily.UNIX;
        SocketAddress from = known ? source : null;
        SocketAddress to = known ? destination : null;
        int length = ProxyText.line(from, to).length();
        return new ProxyHeader(1, Command.PROXY, from, to, List.of(), false, length);
    }

    /**
     * A header of version 2. Addresses that are neither two of IP nor two paths of up to 108 printable ASCII characters are
     * announced as {@code UNSPEC}, and so are null; a pair of IPv4 and IPv6 as IPv6.
     *
     * @param checksum whether to add a CRC32C of the header
     * @throws IllegalArgumentException if the extensions are too long for a header
     */
    public static ProxyHeader v2(
            @Nullable SocketAddress source,
            @Nullable SocketAddress destination,
            List<ProxyTlv> tlvs,
            boolean checksum) {
        ProxyFamily family = ProxyFamily.of(source, destination);
        boolean known = family != ProxyFamily.UNSPEC;
        int length = ProxyBinary.length(family, tlvs, checksum);
        return new ProxyHeader(
                2, Command.PROXY, known ? source : null, known ? destination : null, tlvs, checksum, length);
    }

    /** A header of version 2 for a connection of our own. A reader of it ignores whatever else it has, so it has nothing. */
    public static ProxyHeader local() {
        return new ProxyHeader(2, Command.LOCAL, null, null, List.of(), false, ProxyBinary.FIXED_BYTES);
    }

    /**
     * Looks for a header from the position of a buffer on, which stays as it is, byte order and limit included.
     *
     * @param versions others are no header
     * @param mostBytes how long a header of version 2 may be; one of version 1 has its own bound
     */
    public static Reading<ProxyHeader> read(ByteBuffer in, Versions versions, int mostBytes) {
        if (!in.hasRemaining()) {
            return Reading.more();
        }
        byte first = in.get(in.position());
        if (first == 'P' && versions != Versions.V2) {
            return ProxyText.read(in);
        }
        return first == '\r' && versions != Versions.V1 ? ProxyBinary.read(in, mostBytes) : NONE;
    }

    /**
     * How many more bytes surely belong to a header of which the first are known: for those who must not read any that come
     * after it. A header of version 1 shows its end only when it is there.
     *
     * @param in the header so far, from its position on; null if there is nothing yet
     */
    public static int bytesToRead(@Nullable ByteBuffer in) {
        int known = in == null ? 0 : in.remaining();
        if (in == null || known < ProxyText.LEAST_BYTES) {
            return ProxyText.LEAST_BYTES - known;
        }
        if (in.get(in.position()) != '\r') {
            return 1;
        }
        int whole = known < ProxyBinary.FIXED_BYTES
                ? ProxyBinary.FIXED_BYTES
                : ProxyBinary.FIXED_BYTES
                        + ((in.get(in.position() + ProxyBinary.FIXED_BYTES - 2) & 0xff) << 8
                                | in.get(in.position() + ProxyBinary.FIXED_BYTES - 1) & 0xff);
        return Math.max(1, whole - known);
    }

    /** Writes {@link #length} bytes at the position of a buffer, and moves it. */
    public void writeTo(ByteBuffer into) {
        if (version == 1) {
            ProxyText.write(ProxyText.line(source, destination), into);
        } else {
            ProxyBinary.write(this, into);
        }
    }

    public int version() {
        return version;
    }

    public Command command() {
        return command;
    }

    /** Who called; null if that is unknown, or the connection is the balancer's own. Both addresses are null or none is. */
    public @Nullable SocketAddress source() {
        return source;
    }

    public @Nullable SocketAddress destination() {
        return destination;
    }

    /** The extensions in their order, without checksum and filler. */
    public List<ProxyTlv> tlvs() {
        return tlvs;
    }

    /** Whether there is a checksum; a read one was right. */
    public boolean hasChecksum() {
        return checksum;
    }

    /** How many bytes it takes, or took when it was read. */
    public int length() {
        return length;
    }
}
