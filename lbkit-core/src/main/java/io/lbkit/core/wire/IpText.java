package io.lbkit.core.wire;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * IP addresses as strict text, with neither names nor zones: IPv4 as four decimal numbers without leading zeros (RFC 6943,
 * section 3.1.1, has the trouble that anything looser makes), IPv6 in all forms of RFC 4291, section 2.2. Stateless.
 */
final class IpText {

    private static final int MOST = 45; // of IPv6 with an IPv4 address at its end
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,4}"); // as many digits as a port has

    private IpText() {}

    /** Four bytes, or null if the text is anything else. */
    static byte @Nullable [] ipv4(String text) {
        byte[] ip = new byte[4];
        int at = 0;
        for (int part = 0; part < 4; part++) {
            int end = part < 3 ? text.indexOf('.', at) : text.length();
            int number = end < 0 ? -1 : number(text.substring(at, end), 255);
            if (number < 0) {
                return null;
            }
            ip[part] = (byte) number;
            at = end + 1;
        }
        return ip;
    }

    /** A decimal number without a sign or leading zeros, or -1. */
    static int number(String digits, int most) {
        int number = NUMBER.matcher(digits).matches() ? Integer.parseInt(digits) : -1;
        return number <= most ? number : -1;
    }

    /** Sixteen bytes, or null if the text is anything else. */
    static byte @Nullable [] ipv6(String text) {
        byte[] ip = new byte[16];
        int length = text.length();
        int filled = 0;
        int gap = -1; // where the zeros of :: go
        int at = 0;
        if (text.startsWith("::")) {
            gap = 0;
            at = 2;
        }
        boolean mayEnd = gap == 0; // after a group, or after ::
        while (at < length && length <= MOST) {
            int end = at;
            int group = 0;
            while (end < length && end - at < 4 && hex(text.charAt(end)) >= 0) {
                group = group << 4 | hex(text.charAt(end++));
            }
            if (end < length && text.charAt(end) == '.') {
                byte[] ipv4 = ipv4(text.substring(at));
                if (ipv4 == null || filled > 12) {
                    return null;
                }
                System.arraycopy(ipv4, 0, ip, filled, 4);
                filled += 4;
                at = length;
                mayEnd = true;
                break;
            }
            if (end == at || filled == 16) {
                return null;
            }
            ip[filled++] = (byte) (group >> 8);
            ip[filled++] = (byte) group;
            mayEnd = end == length;
            at = end;
            if (at < length) {
                if (text.charAt(at++) != ':') {
                    return null;
                }
                if (at < length && text.charAt(at) == ':') {
                    if (gap >= 0) {
                        return null;
                    }
                    gap = filled;
                    at++;
                    mayEnd = true;
                }
            }
        }
        if (at < length || !mayEnd || (gap < 0 ? filled < 16 : filled == 16)) {
            return null;
        }
        if (gap >= 0) {
            int tail = filled - gap;
            System.arraycopy(ip, gap, ip, 16 - tail, tail);
            Arrays.fill(ip, gap, 16 - tail, (byte) 0);
        }
        return ip;
    }

    private static int hex(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int letter = c | 0x20;
        return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
    }

    /** All eight groups, as no reader can misunderstand them. */
    static String ofIpv6(byte[] ip) {
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 16; i += 2) {
            text.append(i == 0 ? "" : ":").append(Integer.toHexString((ip[i] & 0xff) << 8 | ip[i + 1] & 0xff));
        }
        return text.toString();
    }

    /** The address of 4 or 16 bytes; IPv4 mapped into IPv6 becomes IPv4. */
    static InetAddress address(byte[] ip) {
        try {
            return InetAddress.getByAddress(ip);
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // only for another number of bytes
        }
    }
}
