package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sets of addresses, from their texts to who is in them. */
class AddressSetTest {

    private static InetAddress ip(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8,          10.0.0.0,            true",
        "10.0.0.0/8,          10.255.255.255,      true",
        "10.0.0.0/8,          9.255.255.255,       false",
        "10.0.0.0/8,          11.0.0.0,            false",
        "192.0.2.7,           192.0.2.7,           true",
        "192.0.2.7,           192.0.2.8,           false",
        "192.0.2.6/31,        192.0.2.7,           true",
        "0.0.0.0/0,           255.255.255.255,     true",
        "0.0.0.0/0,           ::1,                 false",
        "::/0,                2001:db8::1,         true",
        "::/0,                ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, true",
        "::/0,                192.0.2.1,           false",
        "::/80,               192.0.2.1,           false",
        "::ffff:0:0/96,       192.0.2.1,           true",
        "::ffff:192.0.2.0/120, 192.0.2.1,          true",
        "::ffff:192.0.2.0/120, 192.0.3.1,          false",
        "::FFFF:c000:0207,    192.0.2.7,           true",
        "2001:db8::/32,       2001:db8:ffff::1,    true",
        "2001:db8::/32,       2001:db9::,          false",
        "2001:db8::/65,       2001:db8::7fff:0:0:1, true",
        "2001:db8::/65,       2001:db8::8000:0:0:1, false",
        "fe80::/10,           fe80::1%1,           true",
        "::1,                 ::1,                 true",
        "8000::/1,            8000::,              true",
        "8000::/1,            7fff::,              false",
    })
    void a_prefix_has_the_addresses_that_begin_with_it(String prefix, String address, boolean inside) {
        assertEquals(inside, AddressSet.of(prefix).contains(ip(address)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/8",
                "10",
                "10.0.0",
                "10.0.0.0.0",
                "10.0.0.",
                "010.0.0.0",
                "10.0.0.256",
                "1.2.3.-4",
                " 10.0.0.1",
                "localhost",
                "example.org/8",
                "10.0.0.1:80",
                "[::1]",
                "fe80::1%eth0",
                ":",
                ":::",
                "1::2::3",
                "12345::",
                "::g",
                "face",
                "dead.beef",
                "a:b\n"
            })
    void what_is_no_address_is_refused_by_name(String text) {
        assertRefused(
                "address is \"" + text.replace("\n", "\\u000a")
                        + "\", must be an IPv4 or IPv6 address, or a prefix such as 10.0.0.0/8 or 2001:db8::/32",
                () -> AddressSet.of("10.0.0.0/8", text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0"})
    void a_prefix_has_a_length(String text) {
        assertRefused(
                "address is \"" + text + "\", must have between 0 and 32 bits behind the slash",
                () -> AddressSet.of(text));
    }

    @Test
    void a_prefix_of_ipv6_has_one_too() {
        assertRefused(
                "address is \"::/129\", must have between 0 and 128 bits behind the slash",
                () -> AddressSet.of("::/129"));
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1/8, 8", "10.0.0.0/4, 4", "::1/0, 0", "2001:db8::/28, 28", "2001:db8:0:0:1::/64, 64"})
    void a_prefix_has_nothing_behind_it(String text, int bits) {
        assertRefused(
                "address is \"" + text + "\", must have no bits set behind the first " + bits,
                () -> AddressSet.of(text));
    }

    @Test
    void a_complaint_is_not_longer_than_a_line() {
        assertRefused(
                "address is \"" + "1".repeat(80)
                        + "...\", must be an IPv4 or IPv6 address, or a prefix such as 10.0.0.0/8 or 2001:db8::/32",
                () -> AddressSet.of("1".repeat(10_000)));
        assertNullRefused("address", () -> AddressSet.of("::1", null));
    }

    @Test
    void the_empty_set_has_nobody() {
        assertSame(AddressSet.EMPTY, AddressSet.of());
        assertFalse(AddressSet.EMPTY.contains(ip("::1")));
        assertEquals(0, AddressSet.EMPTY.size());
        assertEquals("[]", AddressSet.EMPTY.toString());
    }

    @Test
    void a_client_without_an_address_is_in_no_set() {
        assertFalse(AddressSet.of("::/0", "0.0.0.0/0").contains(0, 0));
    }

    @Test
    void a_set_says_what_it_was_made_of() {
        assertEquals(
                "[10.0.0.0/8, 2001:DB8::/32]",
                AddressSet.of("10.0.0.0/8", "2001:DB8::/32").toString());
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            many.add("10.0.0." + i);
        }
        String text = AddressSet.of(many).toString();
        assertTrue(text.endsWith("10.0.0.7, ... 20 in all]"), text);
    }

    // ---- against a model

    private static BigInteger number(long high, long low) {
        BigInteger half = BigInteger.ONE.shiftLeft(64);
        return new BigInteger(Long.toUnsignedString(high))
                .multiply(half)
                .add(new BigInteger(Long.toUnsignedString(low)));
    }

    private static boolean isAround(Prefix prefix, long high, long low) {
        boolean ipv4 = high == 0 && low >>> 32 == 0xffff;
        int behind = 128 - prefix.bits();
        return !(ipv4 && prefix.bits() < Prefix.MAPPED_BITS)
                && number(prefix.high(), prefix.low())
                        .shiftRight(behind)
                        .equals(number(high, low).shiftRight(behind));
    }

    /** Prefixes that are often nested, equal, or side by side, and go up to both ends of what there is. */
    private static Prefix prefix(SplittableRandom random) {
        int bits = random.nextInt(3) == 0 ? random.nextInt(129) : 96 + random.nextInt(33);
        long high = few(random) & Prefix.highMask(bits);
        long low = (random.nextBoolean() ? few(random) : Prefix.MAPPED | few(random) >>> 32) & Prefix.lowMask(bits);
        return new Prefix(high, low, bits, "");
    }

    private static long few(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> -1;
            default -> (long) random.nextInt(4) << random.nextInt(63);
        };
    }

    @Test
    void the_longest_prefix_decides_and_of_two_the_second() {
        SplittableRandom random = new SplittableRandom(7);
        Set<Byte> seen = new HashSet<>();
        for (int round = 0; round < 3_000; round++) {
            List<Prefix> first = new ArrayList<>();
            List<Prefix> second = new ArrayList<>();
            for (int i = random.nextInt(12); i > 0; i--) {
                (random.nextBoolean() ? first : second).add(prefix(random));
            }
            PrefixTable table = PrefixTable.of(first, second);
            for (int look = 0; look < 40; look++) {
                long high = few(random);
                long low = few(random) + random.nextInt(3) - 1;
                List<Prefix> all = new ArrayList<>(first);
                all.addAll(second);
                if (!all.isEmpty() && random.nextBoolean()) { // at the edges
                    Prefix edge = all.get(random.nextInt(all.size()));
                    boolean begin = random.nextBoolean();
                    high = begin ? edge.high() : edge.lastHigh();
                    low = (begin ? edge.low() : edge.lastLow()) + random.nextInt(3) - 1;
                }
                byte verdict = table.find(high, low);
                assertEquals(
                        expected(first, second, high, low), verdict, first + " " + second + " " + high + " " + low);
                seen.add(verdict);
            }
        }
        assertEquals(Set.of(PrefixTable.NONE, PrefixTable.FIRST, PrefixTable.SECOND), seen);
    }

    private static byte expected(List<Prefix> first, List<Prefix> second, long high, long low) {
        int longest = longest(first, high, low);
        int longestOfSecond = longest(second, high, low);
        if (longest < 0 && longestOfSecond < 0) {
            return PrefixTable.NONE;
        }
        return longest > longestOfSecond ? PrefixTable.FIRST : PrefixTable.SECOND;
    }

    private static int longest(List<Prefix> prefixes, long high, long low) {
        return prefixes.stream()
                .filter(prefix -> isAround(prefix, high, low))
                .mapToInt(Prefix::bits)
                .max()
                .orElse(-1);
    }

    @Test
    void a_hundred_thousand_prefixes_are_all_found() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            texts.add(
                    i % 2 == 0
                            ? ipv4(i) + "/31"
                            : "2001:db8:" + Integer.toHexString(i >> 8) + ":" + (i & 0xff) + "::/64");
        }
        AddressSet set = AddressSet.of(texts);
        assertEquals(100_000, set.size());
        for (int i = 0; i < 100_000; i += 2) {
            long low = 0xffff_0000_0000L | (0x0a000000 + 2L * i);
            assertTrue(set.contains(0, low) && set.contains(0, low + 1) && !set.contains(0, low + 2), ipv4(i));
        }
        assertTrue(set.contains(ip("2001:db8:0:1::9")) && !set.contains(ip("2001:db8:0:2::9")));
    }

    private static String ipv4(int i) {
        int ip = 0x0a000000 + 2 * i;
        return (ip >>> 24) + "." + (ip >> 16 & 0xff) + "." + (ip >> 8 & 0xff) + "." + (ip & 0xff);
    }
}
