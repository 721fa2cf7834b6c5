package io.lbkit.core.tls;

import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ReadyHandler;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** What can only be seen from inside a TLS endpoint. */
public final class TlsSight {

    private static final Field HANDLER = field("handler");
    private static final Field ENGINE = field("engine");
    private static final Field STATE = field("state");
    private static final Field WANTED = field("wanted");
    private static final Field READER = field("reader");
    private static final Field WRITER = field("writer");

    private TlsSight() {}

    /** Who is behind whoever is told of the readiness of a connection. */
    public static ReadyHandler ownerOf(ReadyHandler told) {
        return told instanceof TlsEndpoint layer ? (ReadyHandler) in(HANDLER, layer) : told;
    }

    /** What its owner wants to be told of. */
    public static int wanted(TlsEndpoint layer) {
        return (int) in(WANTED, layer);
    }

    /** Readiness of the connection for what a layer can use now, worked out from how it stands. */
    public static int wish(TlsEndpoint layer) {
        RecordWriter writer = (RecordWriter) in(WRITER, layer);
        boolean mustWrite = !writer.isEmpty() && !writer.hasFailed();
        return switch (in(STATE, layer).toString()) {
            case "CONNECTING" -> Endpoint.WRITE;
            case "SHAKING" -> layer.waitsForUs() ? 0 : writer.isEmpty() ? Endpoint.READ : Endpoint.WRITE;
            case "OPEN" -> {
                boolean hasOwn = ((RecordReader) in(READER, layer)).isPending(); // and tells of it by itself
                yield wanted(layer) & (hasOwn ? Endpoint.WRITE : ~0) | (mustWrite ? Endpoint.WRITE : 0);
            }
            default -> 0;
        };
    }

    /** A close_notify that nobody has asked for. */
    public static ByteBuffer closeNotify(TlsEndpoint layer) {
        SSLEngine engine = (SSLEngine) in(ENGINE, layer);
        ByteBuffer sealed = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.closeOutbound();
        try {
            engine.wrap(ByteBuffer.allocate(0), sealed);
        } catch (SSLException e) {
            throw new AssertionError(e);
        }
        return sealed.flip();
    }

    private static Field field(String name) {
        try {
            Field field = TlsEndpoint.class.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }

    private static Object in(Field field, TlsEndpoint layer) {
        try {
            return field.get(layer);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
