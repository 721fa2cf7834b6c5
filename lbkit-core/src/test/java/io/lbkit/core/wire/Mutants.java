package io.lbkit.core.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Makes bytes out of other bytes: nearly right, so that they get far. Stateless. */
public final class Mutants {

    /** Bytes that mean something somewhere. */
    private static final byte[] TELLING = Cuts.hex("00 01 02 03 0a 0d 10 11 16 20 21 2e 2f 30 31 3a 40 7f 80 e0 ff");

    private Mutants() {}

    /** Makes one PROXY header after the other, of both versions. */
    public static Supplier<byte[]> ofProxyHeaders(SplittableRandom random) {
        List<byte[]> seeds =
                new ArrayList<>(Seeds.of(ProxyHeaderFuzz.class, "v1").values());
        seeds.addAll(Seeds.of(ProxyHeaderFuzz.class, "v2").values());
        return () -> of(seeds, random);
    }

    /** Makes one ClientHello after the other. */
    public static Supplier<byte[]> ofClientHellos(SplittableRandom random) {
        List<byte[]> seeds =
                List.copyOf(Seeds.of(ClientHelloFuzz.class, "hello").values());
        return () -> of(seeds, random);
    }

    static byte[] of(List<byte[]> seeds, SplittableRandom random) {
        byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
        for (int changes = random.nextInt(4); changes >= 0; changes--) {
            bytes = bytes.length == 0 ? new byte[] {(byte) random.nextInt()} : changed(bytes, seeds, random);
        }
        return bytes;
    }

    private static byte[] changed(byte[] bytes, List<byte[]> seeds, SplittableRandom random) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(8)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = TELLING[random.nextInt(TELLING.length)];
            case 2 -> bytes[at] += (byte) (random.nextInt(5) - 2);
            case 3 -> bytes[at] = (byte) random.nextInt();
            case 4 -> {
                return Arrays.copyOf(bytes, at); // cut off
            }
            case 5 -> { // a piece left out
                int end = Math.min(bytes.length, at + 1 + random.nextInt(8));
                return Hellos.bytes(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, end, bytes.length));
            }
            case 6 -> { // a piece twice
                int end = Math.min(bytes.length, at + 1 + random.nextInt(16));
                return Hellos.bytes(Arrays.copyOf(bytes, end), Arrays.copyOfRange(bytes, at, bytes.length));
            }
            default -> { // the end of another one
                byte[] other = seeds.get(random.nextInt(seeds.size()));
                int from = random.nextInt(other.length + 1);
                return Hellos.bytes(Arrays.copyOf(bytes, at), Arrays.copyOfRange(other, from, other.length));
            }
        }
        return bytes;
    }
}
