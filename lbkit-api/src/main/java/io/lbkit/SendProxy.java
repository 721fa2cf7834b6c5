package io.lbkit;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether a backend is told who the client is, by a PROXY header before the client's first byte
 * ({@code doc/proxy-protocol.txt} of HAProxy). The backend must expect it. Health checks of such a backend say that they are
 * the proxy's own ({@code LOCAL}, or {@code UNKNOWN} in version 1).
 *
 * <pre>{@code
 * Backend.of("10.0.0.7", 443).sendProxy(SendProxy.V2
 *         .tlv(0xE0, "tenant-7".getBytes(US_ASCII))
 *         .tlv(0xE1, client -> regionOf(client.clientAddress())));
 * }</pre>
 *
 * <p>Immutable.
 */
public final class SendProxy {

    /** It is not. */
    public static final SendProxy OFF = new SendProxy("OFF", Collections.emptyNavigableMap());

    /** A line of text. */
    public static final SendProxy V1 = new SendProxy("V1", Collections.emptyNavigableMap());

    /**
     * Binary, with the extensions (TLVs) that the client's own header had. Added if it had none: the id of the session as
     * unique id; the server name that the client has asked for by TLS, where a {@link Route} or {@link Listener#tls} looks at
     * it, as authority; and the protocol that was agreed on where TLS ends here, as ALPN. More are added by {@link #tlv}.
     *
     * <p>A header has at most 1,024 bytes. If it would have more, those of the client's header are left out, and if that is
     * not enough, all but those of {@link #tlv}.
     */
    public static final SendProxy V2 = new SendProxy("V2", Collections.emptyNavigableMap());

    /** As {@link #V2}, with a checksum. */
    public static final SendProxy V2_CHECKSUM = new SendProxy("V2_CHECKSUM", Collections.emptyNavigableMap());

    /** How many bytes all TLVs of {@link #tlv} together may have in a header: their values, and 3 more for each. */
    public static final int MOST_TLV_BYTES = 512;

    private static final int FIRST_TYPE = 0xE0;
    private static final int LAST_TYPE = 0xEF;
    private static final int TLV_PREFIX_BYTES = 3;

    /** Says what a TLV is for a client. */
    @FunctionalInterface
    public interface TlvValue {

        /**
         * Called on an event loop, by several at once, for each connection to a backend: it must not block.
         *
         * @param client valid during the call
         * @return the value, or null for none. If it throws, or all values together are longer than
         *     {@link #MOST_TLV_BYTES}, there is no connection to this backend, which is not blamed for it; a session for
         *     which there is no other ends with {@link CloseReason#LOCAL_FAILURE}
         */
        byte @Nullable [] of(ConnectionInfo client);
    }

    /** The same for all; two of the same bytes are equal. */
    private record Fixed(ByteBuffer bytes) implements TlvValue {

        @Override
        public byte[] of(ConnectionInfo client) {
            return copy();
        }

        private byte[] copy() {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(bytes.position(), copy);
            return copy;
        }
    }

    private final String version;
    private final NavigableMap<Integer, TlvValue> tlvs; // never changed

    private SendProxy(String version, NavigableMap<Integer, TlvValue> tlvs) {
        this.version = version;
        this.tlvs = tlvs;
    }

    /**
     * A copy with one more TLV in its headers, the same for all clients. It stands for whatever the client's own header has of
     * that type, which is not passed on: what is said here is the host's word.
     *
     * @param type 0xE0 to 0xEF, those that are free for use; one that is there already is replaced
     * @param value its bytes, none perhaps; {@value #MOST_TLV_BYTES} at most for all types, 3 for each included
     * @return the copy
     * @throws IllegalArgumentException if the type or the length is out of its range, or this is not of version 2
     */
    public SendProxy tlv(int type, byte... value) {
        return with(type, new Fixed(ByteBuffer.wrap(value.clone())));
    }

    /**
     * A copy with one more TLV in its headers, for each client its own. A client's own header has none of that type to pass on,
     * as in {@link #tlv(int, byte...)}, even if {@code value} has none either.
     *
     * @param type 0xE0 to 0xEF, those that are free for use; one that is there already is replaced
     * @param value asked for each connection
     * @return the copy; equal to another one only if it has this very {@code value}
     * @throws IllegalArgumentException if the type is out of its range, or this is not of version 2
     */
    public SendProxy tlv(int type, TlvValue value) {
        return with(type, Objects.requireNonNull(value, "sendProxy tlv value"));
    }

    private SendProxy with(int type, TlvValue value) {
        if (this == OFF || this == V1) {
            throw new IllegalArgumentException("sendProxy is " + version + ", must be V2 or V2_CHECKSUM to have a tlv");
        }
        if (type < FIRST_TYPE || type > LAST_TYPE) {
            throw new IllegalArgumentException("sendProxy tlv type is " + hex(type) + ", must be between "
                    + hex(FIRST_TYPE) + " and " + hex(LAST_TYPE));
        }
        NavigableMap<Integer, TlvValue> more = new TreeMap<>(tlvs);
        more.put(type, value);
        int fixed = 0;
        for (TlvValue each : more.values()) {
            fixed += each instanceof Fixed bytes ? TLV_PREFIX_BYTES + bytes.copy().length : 0;
        }
        Range.of("sendProxy tlv bytes", fixed, 0, MOST_TLV_BYTES);
        return new SendProxy(version, more);
    }

    private static String hex(int type) {
        return "0x" + Integer.toHexString(type);
    }

    /** {@return 0 for none, 1 for text, 2 for binary} */
    public int version() {
        return this == OFF ? 0 : this == V1 ? 1 : 2;
    }

    /** {@return whether headers have a checksum} */
    public boolean hasChecksum() {
        return version.equals(V2_CHECKSUM.version);
    }

    /** {@return the types of the TLVs that were added, in their order} */
    public Set<Integer> tlvTypes() {
        return Collections.unmodifiableSet(tlvs.keySet());
    }

    /**
     * The TLVs that were added, as they are for a client.
     *
     * @param client who is asked about
     * @return values by types, in the order of types; a copy
     * @throws IllegalArgumentException if they are too long
     * @throws RuntimeException if a {@link TlvValue} throws
     */
    public Map<Integer, byte[]> tlvs(ConnectionInfo client) {
        Map<Integer, byte[]> values = new TreeMap<>();
        int bytes = 0;
        for (Map.Entry<Integer, TlvValue> tlv : tlvs.entrySet()) {
            byte[] value = tlv.getValue().of(client);
            if (value != null) {
                values.put(tlv.getKey(), value);
                bytes = Math.addExact(bytes, TLV_PREFIX_BYTES + value.length);
            }
        }
        Range.of("sendProxy tlv bytes", bytes, 0, MOST_TLV_BYTES);
        return values;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SendProxy that && version.equals(that.version) && tlvs.equals(that.tlvs);
    }

    @Override
    public int hashCode() {
        return Objects.hash(version, tlvs);
    }

    /** {@return the version, and the types of what was added: {@code V2+0xe0}; no values, which may be secrets} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(version);
        tlvs.keySet().forEach(type -> text.append('+').append(hex(type)));
        return text.toString();
    }
}
