package io.lbkit.core.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a complete ClientHello (RFC 8446, section 4.1.2, and its forerunners). Every length is checked, up to the last
 * byte; of the extensions only two are looked into.
 *
 * <p>Owned by one event loop, for one hello.
 */
final class HelloBody {

    private static final int HEADER_BYTES = 4;
    private static final int VERSION_AND_RANDOM_BYTES = 34;
    private static final int MOST_SESSION_ID_BYTES = 32;
    private static final int SERVER_NAME = 0;
    private static final int HOST_NAME = 0;
    private static final int PROTOCOLS = 16;

    /** Clients offer a handful; each one costs far more memory here than the two bytes it may have on the wire. */
    private static final int MOST_PROTOCOLS = 64;

    private static final Reading<ClientHello> BODY = Reading.malformed("a malformed ClientHello");
    private static final Reading<ClientHello> NAME = Reading.malformed("a malformed server name in a ClientHello");
    private static final Reading<ClientHello> ALPN = Reading.malformed("a malformed ALPN list in a ClientHello");

    private @Nullable String serverName;
    private @Nullable List<String> protocols;

    private HelloBody() {}

    /** Type and length at the front included. */
    static Reading<ClientHello> read(byte[] hello) {
        ByteBuffer in = ByteBuffer.wrap(hello);
        if (hello.length < HEADER_BYTES + VERSION_AND_RANDOM_BYTES) {
            return BODY;
        }
        in.position(HEADER_BYTES + VERSION_AND_RANDOM_BYTES);
        ByteBuffer sessionId = vector(in, 1);
        ByteBuffer ciphers = vector(in, 2);
        ByteBuffer compressions = vector(in, 1);
        if (sessionId == null
                || ciphers == null
                || compressions == null
                || sessionId.remaining() > MOST_SESSION_ID_BYTES
                || ciphers.remaining() == 0
                || ciphers.remaining() % 2 != 0
                || compressions.remaining() == 0) {
            return BODY;
        }
        return new HelloBody().readExtensions(in);
    }

    private Reading<ClientHello> readExtensions(ByteBuffer in) {
        if (in.hasRemaining()) { // TLS 1.0 had none
            ByteBuffer extensions = vector(in, 2);
            if (extensions == null || in.hasRemaining()) {
                return BODY;
            }
            while (extensions.hasRemaining()) {
                int type = number(extensions, 2);
                ByteBuffer extension = type < 0 ? null : vector(extensions, 2);
                if (extension == null) {
                    return BODY;
                }
                if (type == SERVER_NAME && !readServerName(extension)) {
                    return NAME;
                }
                if (type == PROTOCOLS && !readProtocols(extension)) {
                    return ALPN;
                }
            }
        }
        return Reading.done(new ClientHello(serverName, protocols == null ? List.of() : protocols));
    }

    /** A list of names of several kinds, of which one has ever been defined; false if it is malformed. */
    private boolean readServerName(ByteBuffer extension) {
        ByteBuffer names = vector(extension, 2);
        if (names == null || extension.hasRemaining() || !names.hasRemaining() || serverName != null) {
            return false;
        }
        while (names.hasRemaining()) {
            int kind = number(names, 1);
            ByteBuffer name = vector(names, 2);
            if (name == null || kind == HOST_NAME && serverName != null) {
                return false;
            }
            if (kind == HOST_NAME) {
                serverName = HostName.of(text(name));
                if (serverName == null) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean readProtocols(ByteBuffer extension) {
        ByteBuffer names = vector(extension, 2);
        if (names == null || extension.hasRemaining() || !names.hasRemaining() || protocols != null) {
            return false;
        }
        protocols = new ArrayList<>();
        while (names.hasRemaining()) {
            ByteBuffer name = vector(names, 1);
            if (name == null || !name.hasRemaining() || protocols.size() == MOST_PROTOCOLS) {
                return false;
            }
            protocols.add(text(name));
        }
        return true;
    }

    /** A number of bytes, and so many bytes; null if they are not all there. */
    private static @Nullable ByteBuffer vector(ByteBuffer in, int lengthBytes) {
        int length = number(in, lengthBytes);
        if (length < 0 || length > in.remaining()) {
            return null;
        }
        ByteBuffer vector = in.slice(in.position(), length);
        in.position(in.position() + length);
        return vector;
    }

    private static int number(ByteBuffer in, int bytes) {
        if (in.remaining() < bytes) {
            return -1;
        }
        return bytes == 1 ? in.get() & 0xff : in.getShort() & 0xffff;
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.ISO_8859_1.decode(bytes).toString();
    }
}
