package io.lbkit.core.tls;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * As much of the distinguished encoding rules (X.690) as it takes to put the older key formats into the PKCS#8 that the JDK
 * reads: an envelope with a version, an algorithm, and the old key in it.
 *
 * <p>Stateless.
 */
final class Der {

    private static final int INTEGER = 0x02;
    private static final int OCTETS = 0x04;
    private static final int OID = 0x06;
    private static final int SEQUENCE = 0x30;
    private static final int CURVE = 0xA0; // [0] of an ECPrivateKey

    private Der() {}

    static byte[] pkcs8OfRsa(byte[] pkcs1) {
        byte[] algorithm = HexFormat.of().parseHex("300d06092a864886f70d0101010500"); // rsaEncryption, NULL
        return sequence(version0(), algorithm, value(OCTETS, pkcs1));
    }

    /** @param parameters the name of the curve, if the key itself does not say it */
    static byte[] pkcs8OfEc(byte[] sec1, byte[] parameters) throws IOException {
        byte[] curve = curveOf(sec1);
        if (curve.length == 0) {
            curve = parameters;
        }
        if (curve.length == 0 || curve[0] != OID) {
            throw new IOException("has an EC private key that does not name its curve");
        }
        byte[] algorithm = sequence(HexFormat.of().parseHex("06072a8648ce3d0201"), curve); // id-ecPublicKey
        return sequence(version0(), algorithm, value(OCTETS, sec1));
    }

    private static byte[] version0() {
        return new byte[] {INTEGER, 1, 0};
    }

    /** SEQUENCE of INTEGER, OCTET STRING, [0] curve, [1] public key; the last two may be missing. */
    private static byte[] curveOf(byte[] sec1) throws IOException {
        try {
            int at = contentAt(sec1, 0);
            while (at < sec1.length) {
                int content = contentAt(sec1, at);
                int end = content + lengthAt(sec1, at);
                if ((sec1[at] & 0xFF) == CURVE) {
                    return Arrays.copyOfRange(sec1, content, end);
                }
                at = end;
            }
            return new byte[0];
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IOException("has an EC private key that is broken", e);
        }
    }

    private static int contentAt(byte[] der, int at) {
        int length = der[at + 1] & 0xFF;
        return at + 2 + (length < 0x80 ? 0 : length & 0x7F);
    }

    private static int lengthAt(byte[] der, int at) {
        int first = der[at + 1] & 0xFF;
        if (first < 0x80) {
            return first;
        }
        if (first > 0x82) {
            throw new IllegalArgumentException("longer than any key");
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7F); i++) {
            length = length << 8 | der[at + 2 + i] & 0xFF;
        }
        return length;
    }

    private static byte[] sequence(byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        return value(SEQUENCE, content.toByteArray());
    }

    private static byte[] value(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.length;
        if (length < 0x80) {
            out.write(length);
        } else {
            int bytes = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
            out.write(0x80 | bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                out.write(length >>> 8 * i);
            }
        }
        out.writeBytes(content);
        return out.toByteArray();
    }
}
