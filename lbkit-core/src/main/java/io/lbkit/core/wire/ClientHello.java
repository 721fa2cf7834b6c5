package io.lbkit.core.wire;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a TLS client says first: whom it wants (RFC 6066, section 3), and which protocols it speaks (RFC 7301). Read from
 * the handshake records at the beginning of a stream, without taking part in the handshake.
 *
 * <p>Immutable.
 */
public final class ClientHello {

    /** How many bytes a hello may take with the headers of its records; what clients send is below 20 KiB. */
    public static final int MOST_BYTES = 65536;

    private final @Nullable String serverName;
    private final List<String> protocols;

    ClientHello(@Nullable String serverName, List<String> protocols) {
        this.serverName = serverName;
        this.protocols = List.copyOf(protocols);
    }

    /**
     * Looks for a hello from the position of a buffer on, which stays as it is, byte order and limit included. Nothing is
     * allocated until the hello is complete.
     *
     * @param mostBytes how far its last byte may be from the first one of the stream
     */
    public static Reading<ClientHello> read(ByteBuffer in, int mostBytes) {
        return HelloRecords.read(in, mostBytes);
    }

    /**
     * Who is wanted, in lower case and without a dot at the end; null if that was not said. Made of letters, digits,
     * hyphens, underscores and dots: fit for a log. That it may be an IPv4 address in numbers is forbidden, but done.
     */
    public @Nullable String serverName() {
        return serverName;
    }

    /** The protocols offered, in order of preference, each byte as a character; any bytes, and not fit for a log. */
    public List<String> protocols() {
        return protocols;
    }

    /** Bytes of strangers are counted, not shown. */
    @Override
    public String toString() {
        return "ClientHello for " + serverName + " with " + protocols.size() + " protocols";
    }
}
