package io.lbkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a host adds to PROXY headers. */
class SendProxyTest {

    private static final ConnectionInfo CLIENT = (ConnectionInfo) Proxy.newProxyInstance(
            ConnectionInfo.class.getClassLoader(), new Class<?>[] {ConnectionInfo.class}, (proxy, method, args) -> 7L);

    private static String refused(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }

    @Test
    void values_are_fixed_or_made_for_each_client_and_in_the_order_of_types() {
        SendProxy send = SendProxy.V2
                .tlv(0xEF, client -> new byte[] {(byte) client.sessionId()})
                .tlv(0xE0, (byte) 1, (byte) 2)
                .tlv(0xE3, client -> null)
                .tlv(0xE4);
        assertEquals(List.of(0xE0, 0xE3, 0xE4, 0xEF), List.copyOf(send.tlvTypes()));
        Map<Integer, byte[]> values = send.tlvs(CLIENT);
        assertEquals(List.of(0xE0, 0xE4, 0xEF), List.copyOf(values.keySet()));
        assertArrayEquals(new byte[] {1, 2}, values.get(0xE0));
        assertArrayEquals(new byte[0], values.get(0xE4));
        assertArrayEquals(new byte[] {7}, values.get(0xEF));
        assertArrayEquals(new byte[] {3}, send.tlv(0xE0, (byte) 3).tlvs(CLIENT).get(0xE0), "the last word counts");
    }

    @Test
    void a_value_keeps_its_bytes() {
        byte[] bytes = {1};
        SendProxy send = SendProxy.V2.tlv(0xE0, bytes);
        bytes[0] = 2;
        send.tlvs(CLIENT).get(0xE0)[0] = 3;
        assertArrayEquals(new byte[] {1}, send.tlvs(CLIENT).get(0xE0));
    }

    @ParameterizedTest
    @CsvSource({"0xdf", "0xf0", "0x5", "-0x1", "0x1e0"})
    void a_type_that_is_not_free_for_use_is_refused(String type) {
        int number = Integer.decode(type);
        assertEquals(
                "sendProxy tlv type is 0x" + Integer.toHexString(number) + ", must be between 0xe0 and 0xef",
                refused(() -> SendProxy.V2.tlv(number)));
    }

    @Test
    void there_is_room_for_512_bytes() {
        SendProxy most = SendProxy.V2_CHECKSUM.tlv(0xE0, new byte[500]).tlv(0xE1, new byte[6]);
        assertEquals(2, most.tlvs(CLIENT).size());
        assertEquals(
                "sendProxy tlv bytes is 513, must be between 0 and 512", refused(() -> most.tlv(0xE1, new byte[7])));
        SendProxy tooMuch = most.tlv(0xE2, client -> new byte[1]);
        assertEquals("sendProxy tlv bytes is 516, must be between 0 and 512", refused(() -> tooMuch.tlvs(CLIENT)));
    }

    @Test
    void only_version_2_has_them() {
        assertEquals("sendProxy is V1, must be V2 or V2_CHECKSUM to have a tlv", refused(() -> SendProxy.V1.tlv(0xE0)));
        assertEquals(
                "sendProxy is OFF, must be V2 or V2_CHECKSUM to have a tlv",
                refused(() -> SendProxy.OFF.tlv(0xE0, client -> null)));
    }

    @Test
    void versions_are_told_apart() {
        assertEquals(0, SendProxy.OFF.version());
        assertEquals(1, SendProxy.V1.version());
        assertEquals(2, SendProxy.V2.tlv(0xE0).version());
        assertTrue(SendProxy.V2_CHECKSUM.tlv(0xE0).hasChecksum());
        assertFalse(SendProxy.V2.tlv(0xE0).hasChecksum());
    }

    @Test
    void the_same_is_equal_and_the_text_has_no_values() {
        SendProxy.TlvValue made = client -> null;
        SendProxy one = SendProxy.V2.tlv(0xE1, made).tlv(0xE0, (byte) 1);
        assertEquals(one, SendProxy.V2.tlv(0xE0, (byte) 1).tlv(0xE1, made));
        assertEquals(
                one.hashCode(), SendProxy.V2.tlv(0xE0, (byte) 1).tlv(0xE1, made).hashCode());
        assertNotEquals(one, one.tlv(0xE0, (byte) 2));
        assertNotEquals(one, SendProxy.V2_CHECKSUM.tlv(0xE0, (byte) 1).tlv(0xE1, made));
        assertEquals("V2+0xe0+0xe1", one.toString());
        Backend backend = Backend.of("127.0.0.1", 1);
        assertTrue(backend.sendProxy(SendProxy.V2.tlv(0xE0, (byte) 1))
                .isSameAs(backend.sendProxy(SendProxy.V2.tlv(0xE0, (byte) 1))));
        assertFalse(backend.sendProxy(SendProxy.V2.tlv(0xE0, (byte) 1)).isSameAs(backend.sendProxy(SendProxy.V2)));
        assertEquals(
                "127.0.0.1:1,send-proxy=V2+0xe0+0xe1", backend.sendProxy(one).toString());
    }
}
