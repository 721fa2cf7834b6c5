package io.lbkit.core.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One extension of a PROXY header of version 2: a type and up to 64 KiB. Types as in section 2.2 of HAProxy's
 * {@code doc/proxy-protocol.txt}.
 *
 * <p>Immutable.
 */
public final class ProxyTlv {

    public static final int ALPN = 0x01;
    public static final int AUTHORITY = 0x02;
    public static final int UNIQUE_ID = 0x05;
    public static final int SSL = 0x20;
    public static final int NETNS = 0x30;
    /** The first of 16 types that are free for use. */
    public static final int CUSTOM = 0xe0;

    /** The header writes and checks these itself. */
    static final int CRC32C = 0x03;

    static final int NOOP = 0x04;

    /** Type and length. */
    static final int PREFIX_BYTES = 3;

    static final int MOST_UNIQUE_ID_BYTES = 128;
    private static final int MOST_BYTES = 65535;

    private final int type;
    private final byte[] value;

    private ProxyTlv(int type, byte[] value) {
        this.type = type;
        this.value = value;
    }

    /** Any type but the checksum and the filler; the value is copied. */
    public static ProxyTlv of(int type, byte[] value) {
        if (type < 0 || type > 255 || type == CRC32C || type == NOOP) {
            throw new IllegalArgumentException("TLV type is " + type + ", must be between 0 and 255, and not 3 or 4");
        }
        int most = type == UNIQUE_ID ? MOST_UNIQUE_ID_BYTES : MOST_BYTES;
        if (value.length > most) {
            throw new IllegalArgumentException(
                    "TLV of type " + type + " has " + value.length + " bytes, must be between 0 and " + most);
        }
        return new ProxyTlv(type, value.clone());
    }

    /** The server name that the client asked for, or another name of the host. */
    public static ProxyTlv authority(String name) {
        return of(AUTHORITY, name.getBytes(StandardCharsets.UTF_8));
    }

    /** The protocol negotiated on top of TLS. */
    public static ProxyTlv alpn(String protocol) {
        return of(ALPN, protocol.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** What identifies the connection in the logs of all that relay it; at most 128 bytes. */
    public static ProxyTlv uniqueId(byte[] id) {
        return of(UNIQUE_ID, id);
    }

    public int type() {
        return type;
    }

    /** A copy. */
    public byte[] value() {
        return value.clone();
    }

    /** Type, length and value. */
    int length() {
        return PREFIX_BYTES + value.length;
    }

    void writeTo(ByteBuffer into) {
        into.put((byte) type)
                .put((byte) (value.length >> 8))
                .put((byte) value.length)
                .put(value);
    }

    /** Bytes of strangers are counted, not shown. */
    @Override
    public String toString() {
        return "TLV " + Integer.toHexString(type) + " of " + value.length + " bytes";
    }
}
