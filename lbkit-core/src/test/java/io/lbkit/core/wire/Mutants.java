package io.lbkit.core.wire;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Makes bytes out of other bytes: nearly right, so that they get far. Stateless. */
final class Mutants {

    /** Bytes that mean something somewhere. */
    private static final byte[] TELLING = Cuts.hex("00 01 02 03 0a 0d 10 11 16 20 21 2e 2f 30 31 3a 40 7f 80 e0 ff");

    private Mutants() {}

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
