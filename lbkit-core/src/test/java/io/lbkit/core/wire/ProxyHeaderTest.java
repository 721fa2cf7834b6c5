package io.lbkit.core.wire;

import static io.lbkit.core.wire.Cuts.ascii;
import static io.lbkit.core.wire.Cuts.decidedAfter;
import static io.lbkit.core.wire.Cuts.describe;
import static io.lbkit.core.wire.Cuts.hex;
import static io.lbkit.core.wire.Cuts.written;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lbkit.core.wire.ProxyHeader.Versions;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PROXY headers, from the bytes on the wire to who called whom, and back. */
class ProxyHeaderTest {

    private static final SocketAddress CLIENT = new InetSocketAddress("192.168.0.1", 56324);
    private static final SocketAddress SERVER = new InetSocketAddress("192.168.0.11", 443);
    private static final SocketAddress CLIENT6 = new InetSocketAddress("2001:db8::1", 56324);
    private static final SocketAddress SERVER6 = new InetSocketAddress("2001:db8::2", 443);
    private static final SocketAddress PATH = UnixDomainSocketAddress.of("/run/app.sock");
    private static final SocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String ADDRESSES = "c0a80001 c0a8000b dc04 01bb";
    private static final String MEANING = "v2 PROXY /192.168.0.1:56324 -> /192.168.0.11:443";

    private static Reading<ProxyHeader> read(ByteBuffer in) {
        return ProxyHeader.read(in, Versions.BOTH, 4096);
    }

    private static String meaning(byte[] bytes) {
        return describe(Cuts.read(ProxyHeaderTest::read, bytes));
    }

    private static String line(String line) {
        return meaning(ascii(line.replace("\\r", "\r").replace("\\n", "\n")));
    }

    private static String v2(String afterSignature) {
        return meaning(hex(SIGNATURE + afterSignature));
    }

    // ---- version 1

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\\r\\n     | /192.168.0.1:56324 -> /192.168.0.11:443, 47 bytes",
                "PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\\r\\nGET /    | /255.255.255.255:65535 -> /0.0.0.0:0, 44 bytes",
                "PROXY TCP6 2001:DB8::1 ::2 1 2\\r\\n | /[2001:db8:0:0:0:0:0:1]:1 -> /[0:0:0:0:0:0:0:2]:2, 32 bytes",
                "PROXY TCP6 ::ffff:1.2.3.4 1::1 1 2\\r\\n | /1.2.3.4:1 -> /[1:0:0:0:0:0:0:1]:2, 36 bytes",
                "PROXY UNKNOWN\\r\\n                         | null -> null, 15 bytes",
                "PROXY UNKNOWN \\r\\n                        | null -> null, 16 bytes",
                "PROXY UNKNOWN ffff::1 ffff::2 65535 1\\r\\n | null -> null, 39 bytes",
                "PROXY UNKNOWN what ever 99999999\\r\\n      | null -> null, 34 bytes",
            })
    void a_line_says_who_called_whom(String line, String meaning) {
        assertEquals("v1 PROXY " + meaning, line(line));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\\n           | line without CR LF",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\\rX          | line without CR LF",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\\r\\r\\n      | line without CR LF",
                "PROXY UNKNOWN\\n                            | line without CR LF",
                "PROXY UNKNOWNX\\r\\n                         | unknown protocol",
                "PROXY unknown\\r\\n                          | unknown protocol",
                "PROXY \\r\\n                                 | unknown protocol",
                "PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\\r\\n        | unknown protocol",
                "PROXY UDP4 1.2.3.4 5.6.7.8 1 2\\r\\n         | unknown protocol",
                "PROXY TCP4\\r\\n                             | not the six fields",
                "PROXY TCP4 1.2.3.4  5.6.7.8 1 2\\r\\n        | not the six fields",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \\r\\n        | not the six fields",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\\r\\n       | not the six fields",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1\\r\\n           | not the six fields",
                "PROXY TCP4 1.2.3.256 5.6.7.8 1 2\\r\\n       | malformed address",
                "PROXY TCP4 1.2.3 5.6.7.8 1 2\\r\\n           | malformed address",
                "PROXY TCP4 01.2.3.4 5.6.7.8 1 2\\r\\n        | malformed address",
                "PROXY TCP4 ::1 5.6.7.8 1 2\\r\\n             | malformed address",
                "PROXY TCP6 1.2.3.4 ::1 1 2\\r\\n             | malformed address",
                "PROXY TCP6 fe80::1%eth0 ::1 1 2\\r\\n        | malformed address",
                "PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\\r\\n   | malformed address",
                "PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\\r\\n     | malformed port",
                "PROXY TCP4 1.2.3.4 5.6.7.8 4294967297 2\\r\\n| malformed port",
                "PROXY TCP4 1.2.3.4 5.6.7.8 01 2\\r\\n        | malformed port",
                "PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\\r\\n        | malformed port",
                "PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\\r\\n        | malformed port",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2x\\r\\n        | malformed port",
            })
    void a_line_is_taken_strictly(String line, String flaw) {
        String meaning = line(line);
        assertEquals("MALFORMED", meaning.substring(0, 9));
        assertEquals(true, meaning.contains(flaw), meaning);
    }

    @Test
    void a_line_has_107_bytes_at_most() {
        String longest = "PROXY UNKNOWN " + "x".repeat(91);
        assertEquals("v1 PROXY null -> null, 107 bytes", line(longest + "\r\n"));
        assertEquals("MALFORMED a PROXY line of more than 107 bytes", line(longest + "x\r\n"));
        assertEquals("MALFORMED a PROXY line of more than 107 bytes", line(longest + "xx\r\n"));
        assertEquals(107, decidedAfter(ProxyHeaderTest::read, ascii(longest + "x".repeat(1000))));
    }

    @Test
    void the_first_wrong_byte_decides() {
        assertEquals("OTHER no PROXY header", line("GET / HTTP/1.1\r\n"));
        assertEquals(1, decidedAfter(ProxyHeaderTest::read, ascii("GET / HTTP/1.1\r\n")));
        assertEquals(3, decidedAfter(ProxyHeaderTest::read, ascii("PRI * HTTP/2.0\r\n")));
        assertEquals(6, decidedAfter(ProxyHeaderTest::read, ascii("PROXY\tTCP4")));
        assertEquals(3, decidedAfter(ProxyHeaderTest::read, ascii("\r\nHELO")));
        assertEquals(12, decidedAfter(ProxyHeaderTest::read, hex("0d0a0d0a000d0a515549540d 2000")));
        assertEquals(13, decidedAfter(ProxyHeaderTest::read, hex(SIGNATURE + "11 11 000c")));
        assertEquals(14, decidedAfter(ProxyHeaderTest::read, hex(SIGNATURE + "21 13 000c")));
        assertEquals(16, decidedAfter(ProxyHeaderTest::read, hex(SIGNATURE + "21 11 000b c0")));
    }

    @Test
    void only_the_allowed_versions_are_headers() {
        byte[] v1 = ascii("PROXY UNKNOWN\r\n");
        byte[] v2 = hex(SIGNATURE + "20 00 0000");
        assertEquals("OTHER no PROXY header", describe(ProxyHeader.read(ByteBuffer.wrap(v1), Versions.V2, 4096)));
        assertEquals("OTHER no PROXY header", describe(ProxyHeader.read(ByteBuffer.wrap(v2), Versions.V1, 4096)));
        assertEquals(
                "v1 PROXY null -> null, 15 bytes", describe(ProxyHeader.read(ByteBuffer.wrap(v1), Versions.V1, 4096)));
        assertEquals(
                "v2 LOCAL null -> null, 16 bytes", describe(ProxyHeader.read(ByteBuffer.wrap(v2), Versions.V2, 4096)));
    }

    // ---- version 2

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "21 11 000c c0a80001 c0a8000b dc04 01bb                 | , 28 bytes",
                "21 12 000c c0a80001 c0a8000b dc04 01bb                 | , 28 bytes",
                "21 11 000c c0a80001 c0a8000b dc04 01bb 474554          | , 28 bytes",
                "21 11 0013 c0a80001 c0a8000b dc04 01bb 0300041c1ae9c6  | checked, 35 bytes",
                "21 11 000f c0a80001 c0a8000b dc04 01bb e00000          | e0=, 31 bytes",
                "21 11 0015 c0a80001 c0a8000b dc04 01bb 01 0002 6832 04 0001 00 | 1=6832, 37 bytes",
                "21 11 0016 c0a80001 c0a8000b dc04 01bb 05 0001 ab 05 0003 cdef01 | 5=ab 5=cdef01, 38 bytes",
            })
    void a_header_says_who_called_whom(String bytes, String rest) {
        assertEquals((MEANING + " " + rest).replace(" ,", ","), v2(bytes));
    }

    @Test
    void a_header_of_ipv6_does() {
        assertEquals(
                "v2 PROXY /[2001:db8:0:0:0:0:0:1]:56324 -> /[2001:db8:0:0:0:0:0:2]:443, 52 bytes",
                v2("21 21 0024 20010db8000000000000000000000001 20010db8000000000000000000000002 dc04 01bb"));
    }

    @Test
    void a_header_of_paths_does_if_they_can_be_shown() {
        String path = HexFormat.of().formatHex(ascii("/run/app.sock")) + "00".repeat(95);
        String full = "2f" + "61".repeat(107);
        assertEquals("v2 PROXY  -> /run/app.sock, 232 bytes", v2("21 31 00d8" + "00".repeat(108) + path));
        assertEquals("v2 PROXY /" + "a".repeat(107) + " -> /run/app.sock, 232 bytes", v2("21 31 00d8" + full + path));
        String escape = "2f1b" + "00".repeat(106);
        String inAbstract = "0061" + "00".repeat(106);
        assertEquals("v2 PROXY null -> null, 232 bytes", v2("21 31 00d8" + escape + path));
        assertEquals("v2 PROXY null -> null, 232 bytes", v2("21 31 00d8" + path + inAbstract));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "20 00 0000                 | LOCAL null -> null, 16 bytes",
                "20 11 000c c0a80001c0a8000bdc0401bb | LOCAL null -> null, 28 bytes",
                "20 ff 0003 ffffff          | LOCAL null -> null, 19 bytes",
                "21 00 0000                 | PROXY null -> null, 16 bytes",
                "21 00 0004 02 0001 61      | PROXY null -> null 2=61, 20 bytes",
            })
    void the_balancer_itself_and_the_unknown_have_no_addresses(String bytes, String meaning) {
        assertEquals("v2 " + meaning, v2(bytes));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "11 11 000c                                            | a PROXY header of another version",
                "31 11 000c                                            | a PROXY header of another version",
                "a1 11 000c                                            | a PROXY header of another version",
                "22 11 000c                                            | an unknown command in a PROXY header",
                "2f 11 000c                                            | an unknown command in a PROXY header",
                "21 01 000c                                            | an unknown family in a PROXY header",
                "21 10 000c                                            | an unknown family in a PROXY header",
                "21 13 000c                                            | an unknown family in a PROXY header",
                "21 41 000c                                            | an unknown family in a PROXY header",
                "21 11 000b c0a80001 c0a8000b dc04 01                  | a PROXY header shorter than its addresses",
                "21 11 0000                                            | a PROXY header shorter than its addresses",
                "21 21 000c c0a80001 c0a8000b dc04 01bb                | a PROXY header shorter than its addresses",
                "21 11 0ff1                                            | a PROXY header longer than allowed",
                "21 11 ffff                                            | a PROXY header longer than allowed",
                "21 11 000d c0a80001 c0a8000b dc04 01bb 01             | a malformed TLV in a PROXY header",
                "21 11 000e c0a80001 c0a8000b dc04 01bb 01 00          | a malformed TLV in a PROXY header",
                "21 11 000f c0a80001 c0a8000b dc04 01bb 01 0001 ff     | a malformed TLV in a PROXY header",
                "21 11 0010 c0a80001 c0a8000b dc04 01bb 01 ffff ff     | a malformed TLV in a PROXY header",
                "21 11 0012 c0a80001 c0a8000b dc04 01bb 03 0003 1c1ae9 | a malformed TLV in a PROXY header",
                "21 11 0013 c0a80001 c0a8000b dc04 01bb 03 0004 1c1ae9c7 | a wrong checksum in a PROXY header",
                "21 11 0013 c0a80001 c0a8000c dc04 01bb 03 0004 1c1ae9c6 | a wrong checksum in a PROXY header",
            })
    void a_header_is_taken_strictly(String bytes, String flaw) {
        assertEquals("MALFORMED " + flaw, v2(bytes));
    }

    /** So that the checksum of the row above means what it should: the check value of the Castagnoli polynomial. */
    @Test
    void the_checksum_is_crc32c() {
        CRC32C checksum = new CRC32C();
        checksum.update(ascii("123456789"));
        assertEquals(0xe3069283L, checksum.getValue());
    }

    @Test
    void types_are_those_of_the_specification() {
        assertEquals(
                List.of(0x01, 0x02, 0x03, 0x04, 0x05, 0x20, 0x30, 0xe0),
                List.of(
                        ProxyTlv.ALPN,
                        ProxyTlv.AUTHORITY,
                        ProxyTlv.CRC32C,
                        ProxyTlv.NOOP,
                        ProxyTlv.UNIQUE_ID,
                        ProxyTlv.SSL,
                        ProxyTlv.NETNS,
                        ProxyTlv.CUSTOM));
    }

    @Test
    void a_second_checksum_is_malformed_and_so_is_a_long_unique_id() {
        String checksum = "03 0004 00000000";
        assertEquals("MALFORMED a malformed TLV in a PROXY header", v2("21 11 001a" + ADDRESSES + checksum + checksum));
        String id = "00".repeat(129);
        assertEquals("MALFORMED a malformed TLV in a PROXY header", v2("21 11 0090" + ADDRESSES + "05 0081" + id));
        assertEquals(
                MEANING + " 5=" + "00".repeat(128) + ", 159 bytes",
                v2("21 11 008f" + ADDRESSES + "05 0080" + "00".repeat(128)));
    }

    @Test
    void the_bound_counts_the_whole_header() {
        byte[] bytes = hex(SIGNATURE + "21 11 000c" + ADDRESSES);
        assertEquals(MEANING + ", 28 bytes", describe(ProxyHeader.read(ByteBuffer.wrap(bytes), Versions.V2, 28)));
        assertEquals(
                "MALFORMED a PROXY header longer than allowed",
                describe(ProxyHeader.read(ByteBuffer.wrap(bytes), Versions.V2, 27)));
    }

    // ---- writing

    private static void assertWrites(String expected, ProxyHeader header) {
        assertEquals(expected.replace(" ", ""), HexFormat.of().formatHex(written(header)));
    }

    private static void assertLine(String expected, SocketAddress source, SocketAddress destination) {
        assertArrayEquals(ascii(expected + "\r\n"), written(ProxyHeader.v1(source, destination)));
    }

    @Test
    void lines_are_written() {
        assertLine("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443", CLIENT, SERVER);
        assertLine("PROXY TCP6 2001:db8:0:0:0:0:0:1 2001:db8:0:0:0:0:0:2 56324 443", CLIENT6, SERVER6);
        assertLine("PROXY TCP6 0:0:0:0:0:ffff:c0a8:1 2001:db8:0:0:0:0:0:2 56324 443", CLIENT, SERVER6);
        assertLine("PROXY UNKNOWN", PATH, UNNAMED);
        assertLine("PROXY UNKNOWN", CLIENT, PATH);
        assertLine("PROXY UNKNOWN", null, SERVER);
        assertLine("PROXY UNKNOWN", CLIENT, InetSocketAddress.createUnresolved("nowhere", 1));
        SocketAddress most = new InetSocketAddress("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535);
        assertEquals(104, ProxyHeader.v1(most, most).length());
    }

    @Test
    void headers_are_written() {
        List<ProxyTlv> none = List.of();
        assertWrites(SIGNATURE + "21 11 000c" + ADDRESSES, ProxyHeader.v2(CLIENT, SERVER, none, false));
        assertWrites(
                SIGNATURE + "21 11 0013" + ADDRESSES + "03 0004 1c1ae9c6", ProxyHeader.v2(CLIENT, SERVER, none, true));
        assertWrites(SIGNATURE + "20 00 0000", ProxyHeader.local());
        assertWrites(SIGNATURE + "21 00 0000", ProxyHeader.v2(null, null, none, false));
        assertWrites(SIGNATURE + "21 00 0000", ProxyHeader.v2(CLIENT, PATH, none, false));
        assertWrites(
                SIGNATURE + "21 21 0024 00000000000000000000ffffc0a80001 20010db8000000000000000000000002 dc04 01bb",
                ProxyHeader.v2(CLIENT, SERVER6, none, false));
        assertWrites(
                SIGNATURE + "21 31 00d8" + "00".repeat(108) + "2f72756e2f6170702e736f636b" + "00".repeat(95),
                ProxyHeader.v2(UNNAMED, PATH, none, false));
        SocketAddress tooLong = UnixDomainSocketAddress.of("/" + "a".repeat(108));
        assertWrites(SIGNATURE + "21 00 0000", ProxyHeader.v2(UNNAMED, tooLong, none, false));
    }

    @Test
    void extensions_are_written_in_their_order_and_read_back() {
        List<ProxyTlv> tlvs = List.of(
                ProxyTlv.uniqueId(new byte[] {1, 2}),
                ProxyTlv.authority("example.org"),
                ProxyTlv.alpn("h2"),
                ProxyTlv.of(ProxyTlv.CUSTOM, new byte[0]));
        ProxyHeader header = ProxyHeader.v2(CLIENT, SERVER, tlvs, true);
        String meaning = MEANING + " 5=0102 2=6578616d706c652e6f7267 1=6832 e0= checked, 62 bytes";
        assertEquals(meaning, describe(header));
        assertEquals(meaning, meaning(written(header)));
    }

    @Test
    void a_header_is_written_where_the_buffer_stands() {
        ByteBuffer into = ByteBuffer.allocateDirect(64).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        into.put((byte) 'x');
        ProxyHeader.v2(CLIENT, SERVER, List.of(), true).writeTo(into);
        into.flip().position(1);
        assertEquals(MEANING + " checked, 35 bytes", describe(read(into)));
    }

    @Test
    void the_impossible_is_refused() {
        assertThrows(IllegalArgumentException.class, () -> ProxyTlv.of(256, new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> ProxyTlv.of(-1, new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> ProxyTlv.of(3, new byte[4]));
        assertThrows(IllegalArgumentException.class, () -> ProxyTlv.uniqueId(new byte[129]));
        assertThrows(IllegalArgumentException.class, () -> ProxyTlv.of(0xe0, new byte[65536]));
        ProxyTlv large = ProxyTlv.of(0xe0, new byte[65535 - 3]);
        assertEquals(
                16 + 65535, ProxyHeader.v2(null, null, List.of(large), false).length());
        assertThrows(IllegalArgumentException.class, () -> ProxyHeader.v2(null, null, List.of(large), true));
    }

    @Test
    void a_value_keeps_its_bytes() {
        byte[] bytes = {1, 2, 3};
        ProxyTlv tlv = ProxyTlv.of(0xe0, bytes);
        bytes[0] = 9;
        Arrays.fill(tlv.value(), (byte) 9);
        assertArrayEquals(new byte[] {1, 2, 3}, tlv.value());
        assertEquals("TLV e0 of 3 bytes", tlv.toString());
    }
}
