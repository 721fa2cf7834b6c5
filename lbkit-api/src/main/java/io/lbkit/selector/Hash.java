package io.lbkit.selector;

/**
 * The hash behind everything that must come out the same in every proxy: a 64-bit number from a number or a text, under a
 * seed. It is the output function of SplitMix64 (Steele, Lea and Flood, <em>Fast Splittable Pseudorandom Number
 * Generators</em>, OOPSLA 2014, with the constants of Stafford's 13th variant, as in {@link java.util.SplittableRandom}):
 *
 * <pre>{@code
 * mix(z):          z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9
 *                  z = (z ^ z >>> 27) * 0x94d049bb133111eb
 *                  z ^ z >>> 31
 * of(value, seed): mix(value + (seed + 1) * 0x9e3779b97f4a7c15)
 * of(text):        h = of(length, 0); for each four chars, the first one lowest, the last four filled up with 0:
 *                  h = of(h ^ chars, 0)
 * }</pre>
 *
 * <p>So {@code of(value, n)} is number n of what SplitMix64 gives when started at {@code value}. Never to be changed: keys
 * would move to other backends with the version of a proxy.
 *
 * <p>Stateless.
 */
final class Hash {

    private static final long GAMMA = 0x9e3779b97f4a7c15L;

    private Hash() {}

    static long of(long value, long seed) {
        long z = value + (seed + 1) * GAMMA;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    static long of(CharSequence text) {
        int length = text.length();
        long hash = of(length, 0);
        for (int i = 0; i < length; i += 4) {
            long chars = 0;
            for (int j = Math.min(i + 4, length) - 1; j >= i; j--) {
                chars = chars << 16 | text.charAt(j);
            }
            hash = of(hash ^ chars, 0);
        }
        return hash;
    }
}
