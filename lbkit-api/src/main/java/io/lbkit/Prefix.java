package io.lbkit;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The first bits of 128; those of an IPv4 address follow ::ffff:0:0/96. Immutable.
 *
 * @param high the first 8 bytes of the lowest address
 * @param low the last 8 bytes of it
 * @param bits how many count, 0 to 128
 * @param text as it was given
 */
record Prefix(long high, long low, int bits, String text) {

    /** Before the bits of IPv4. */
    static final int MAPPED_BITS = 96;

    static final long MAPPED = 0xffffL << 32;

    private static final int LONGEST_TEXT = 49; // ffff:... with an IPv4 address at its end, and /128

    /** Made when the first text is read: most proxies have no addresses, and should not wait for it at their start. */
    private static final class Numbers {
        static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,2}");
    }

    /** An address or a prefix; a complaint if the text is neither. */
    static Prefix of(String text) {
        int slash = text.indexOf('/');
        byte[] ip = text.length() > LONGEST_TEXT ? null : ip(slash < 0 ? text : text.substring(0, slash));
        if (ip == null) {
            throw wrong(text, "must be an IPv4 or IPv6 address, or a prefix such as 10.0.0.0/8 or 2001:db8::/32");
        }
        boolean ipv4 = text.indexOf(':') < 0;
        int most = ipv4 ? 32 : 128;
        int length = slash < 0 ? most : number(text.substring(slash + 1), most);
        if (length < 0) {
            throw wrong(text, "must have between 0 and " + most + " bits behind the slash");
        }
        int bits = ipv4 ? MAPPED_BITS + length : length;
        long high = ipv4 ? 0 : high(ip);
        long low = low(ip);
        if ((high & ~highMask(bits)) != 0 || (low & ~lowMask(bits)) != 0) {
            throw wrong(text, "must have no bits set behind the first " + length);
        }
        return new Prefix(high, low, bits, text);
    }

    private static IllegalArgumentException wrong(String text, String must) {
        String shown = text.length() > 80 ? text.substring(0, 80) + "..." : text;
        return new IllegalArgumentException("address is \"" + Range.printable(shown) + "\", " + must);
    }

    private static byte @Nullable [] ip(String text) {
        return text.indexOf(':') < 0 ? ipv4(text) : ipv6(text);
    }

    private static byte @Nullable [] ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        byte[] ip = new byte[4];
        for (int i = 0; i < 4; i++) {
            int number = parts.length == 4 ? number(parts[i], 255) : -1;
            if (number < 0) {
                return null;
            }
            ip[i] = (byte) number;
        }
        return ip;
    }

    /** A text of colons and digits is an address to the JDK, or is refused; it never asks anybody for it. */
    private static byte @Nullable [] ipv6(String text) {
        if (!text.chars().allMatch(c -> "0123456789abcdefABCDEF:.".indexOf(c) >= 0)) {
            return null;
        }
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /** A decimal number without a sign or leading zeros, or -1. */
    private static int number(String digits, int most) {
        int number = Numbers.NUMBER.matcher(digits).matches() ? Integer.parseInt(digits) : -1;
        return number <= most ? number : -1;
    }

    static long high(byte[] ip) {
        return ip.length == 4 ? 0 : number(ip, 0, 8);
    }

    static long low(byte[] ip) {
        return ip.length == 4 ? MAPPED | number(ip, 0, 4) : number(ip, 8, 16);
    }

    private static long number(byte[] ip, int from, int to) {
        long number = 0;
        for (int i = from; i < to; i++) {
            number = number << 8 | ip[i] & 0xff;
        }
        return number;
    }

    /** The bits of the upper half that count. */
    static long highMask(int bits) {
        return bits == 0 ? 0 : -1L << Math.max(0, 64 - bits);
    }

    /** The bits of the lower half that count. */
    static long lowMask(int bits) {
        return bits <= 64 ? 0 : -1L << 128 - bits;
    }

    long lastHigh() {
        return high | ~highMask(bits);
    }

    long lastLow() {
        return low | ~lowMask(bits);
    }
}
