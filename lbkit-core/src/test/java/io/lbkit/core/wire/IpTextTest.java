package io.lbkit.core.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses in text, strictly. */
class IpTextTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.2.3",
                "1.2.3.",
                "1.2.3.4.",
                ".1.2.3",
                "1..2.3",
                "1.2.3.4.5",
                "256.1.1.1",
                "1.2.3.1000",
                "01.2.3.4",
                "1.2.3.00",
                "0x1.2.3.4",
                "1.2.3.4 ",
                " 1.2.3.4",
                "+1.2.3.4",
                "-1.2.3.4",
                "1.2.3.\u0664"
            })
    void is_not_ipv4(String text) {
        assertNull(IpText.ipv4(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ":::",
                "1",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8:",
                ":1:2:3:4:5:6:7:8",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "1::2::3",
                "::1:",
                "1:",
                "12345::",
                "g::",
                "::1%1",
                "[::1]",
                "::1.2.3",
                "::1.2.3.256",
                "::1.2.3.4:5",
                "1:2:3:4:5:6:7:1.2.3.4",
                "1.2.3.4",
                "1.2.3.4::",
                "::01.2.3.4",
                "::\u0661",
                "0000:0000:0000:0000:0000:0000:0000:00000001:0000:0000:0000"
            })
    void is_not_ipv6(String text) {
        assertNull(IpText.ipv6(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "::",
                "::1",
                "1::",
                "1:2:3:4:5:6:7:8",
                "1::8",
                "1:2:3:4:5:6:7::",
                "::2:3:4:5:6:7:8",
                "abcd:EF01::0001",
                "64:ff9b::1.2.3.4",
                "1:2:3:4:5:6:255.0.255.0",
                "::1.2.3.4",
                "1:2:3::4:1.2.3.4"
            })
    void is_ipv6_as_the_jdk_has_it(String text) throws UnknownHostException {
        assertArrayEquals(InetAddress.getByName(text).getAddress(), IpText.ipv6(text));
    }

    @Test
    void any_address_is_read_back_from_what_is_written() throws UnknownHostException {
        SplittableRandom random = new SplittableRandom(4);
        for (int round = 0; round < 20_000; round++) {
            byte[] ip = new byte[16];
            for (int i = 0; i < 16; i += 2) {
                int group = random.nextInt(3) == 0 ? 0 : random.nextInt(1 << 1 + random.nextInt(16));
                ip[i] = (byte) (group >> 8);
                ip[i + 1] = (byte) group;
            }
            String text = IpText.ofIpv6(ip);
            assertArrayEquals(ip, IpText.ipv6(text), text);
            assertEquals(text, Inet6Address.getByAddress(null, ip, -1).getHostAddress());
            String shortened = text.replaceFirst("(^|:)0(:0)*(:|$)", "::");
            assertArrayEquals(ip, IpText.ipv6(shortened), shortened);
            byte[] ipv4 = {ip[0], ip[1], ip[2], ip[3]};
            assertArrayEquals(ipv4, IpText.ipv4(InetAddress.getByAddress(ipv4).getHostAddress()));
        }
    }

    /** The JDK takes more than we do, and what we take it understands in the same way. */
    @Test
    void whatever_is_taken_is_what_the_jdk_takes_it_for() {
        SplittableRandom random = new SplittableRandom(5);
        String[] pieces = {":", "::", "1", "0", "ffff", ".", "1.2.3.4", "a", "12:", ":9", "2.", "00"};
        int taken = 0;
        for (int round = 0; round < 200_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(14); i >= 0; i--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            byte[] ip = IpText.ipv6(text.toString());
            if (ip != null) {
                taken++;
                assertArrayEquals(IpText.address(ip).getAddress(), literal(text.toString()), text.toString());
            }
        }
        assertTrue(taken > 1000, taken + " taken");
    }

    private static byte[] literal(String text) {
        try {
            assertTrue(text.contains(":"), text);
            return InetAddress.getByName(text).getAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError(text, e);
        }
    }
}
