package io.lbkit.core.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Builds ClientHellos, right ones and others, from their pieces. */
public final class Hellos {

    private Hellos() {}

    public static byte[] bytes(byte[]... pieces) {
        int length = Arrays.stream(pieces).mapToInt(piece -> piece.length).sum();
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] piece : pieces) {
            System.arraycopy(piece, 0, all, at, piece.length);
            at += piece.length;
        }
        return all;
    }

    private static byte[] counted(int lengthBytes, byte[] bytes) {
        byte[] length = new byte[lengthBytes];
        for (int i = 0; i < lengthBytes; i++) {
            length[i] = (byte) (bytes.length >> 8 * (lengthBytes - 1 - i));
        }
        return bytes(length, bytes);
    }

    public static byte[] extension(int type, int... content) {
        byte[] bytes = new byte[content.length];
        for (int i = 0; i < content.length; i++) {
            bytes[i] = (byte) content[i];
        }
        return extension(type, bytes);
    }

    private static byte[] extension(int type, byte[] content) {
        return bytes(new byte[] {(byte) (type >> 8), (byte) type}, counted(2, content));
    }

    public static byte[] sni(String name) {
        byte[] entry = bytes(new byte[1], counted(2, name.getBytes(StandardCharsets.ISO_8859_1)));
        return extension(0, counted(2, entry));
    }

    public static byte[] alpn(String... protocols) {
        List<byte[]> names = new ArrayList<>();
        for (String protocol : protocols) {
            names.add(counted(1, protocol.getBytes(StandardCharsets.ISO_8859_1)));
        }
        return extension(16, counted(2, bytes(names.toArray(new byte[0][]))));
    }

    public static byte[] bodyBeforeExtensions() {
        byte[] versionAndRandom = new byte[34];
        versionAndRandom[0] = 3;
        versionAndRandom[1] = 3;
        return bytes(versionAndRandom, new byte[] {2, 7, 7, 0, 4, 0x13, 1, 0x13, 2, 1, 0});
    }

    public static byte[] body(byte[]... extensions) {
        return bytes(bodyBeforeExtensions(), counted(2, bytes(extensions)));
    }

    /** The message, with its type and length. */
    public static byte[] hello(byte[] body) {
        return bytes(new byte[] {1}, counted(3, body));
    }

    /** The message in records of a size, the last one perhaps smaller. */
    public static byte[] records(byte[] message, int size) {
        List<byte[]> records = new ArrayList<>();
        for (int at = 0; at < message.length; at += size) {
            records.add(record(Arrays.copyOfRange(message, at, Math.min(at + size, message.length))));
        }
        return bytes(records.toArray(new byte[0][]));
    }

    /** The message in so many records at most, of any sizes. */
    public static byte[] records(byte[] message, int most, SplittableRandom random) {
        List<byte[]> records = new ArrayList<>();
        int at = 0;
        while (at < message.length) {
            int left = message.length - at;
            int size = records.size() == most - 1 ? left : 1 + random.nextInt(Math.min(left, 1 << 14));
            records.add(record(Arrays.copyOfRange(message, at, at + size)));
            at += size;
        }
        return bytes(records.toArray(new byte[0][]));
    }

    private static byte[] record(byte[] payload) {
        return bytes(new byte[] {22, 3, 1}, counted(2, payload));
    }
}
