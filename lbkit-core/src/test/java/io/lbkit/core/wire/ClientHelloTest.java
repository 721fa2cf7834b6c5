package io.lbkit.core.wire;

import static io.lbkit.core.wire.Cuts.decidedAfter;
import static io.lbkit.core.wire.Cuts.describe;
import static io.lbkit.core.wire.Hellos.alpn;
import static io.lbkit.core.wire.Hellos.bytes;
import static io.lbkit.core.wire.Hellos.extension;
import static io.lbkit.core.wire.Hellos.hello;
import static io.lbkit.core.wire.Hellos.records;
import static io.lbkit.core.wire.Hellos.sni;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The first words of a TLS client, from the bytes on the wire to whom it wants. */
class ClientHelloTest {

    private static final String BODY = "MALFORMED a malformed ClientHello";
    private static final String NAME = "MALFORMED a malformed server name in a ClientHello";
    private static final String ALPN = "MALFORMED a malformed ALPN list in a ClientHello";
    private static final String RECORD = "MALFORMED a malformed TLS record";
    private static final String TOO_LONG = "MALFORMED a ClientHello longer than allowed";

    private static Reading<ClientHello> read(ByteBuffer in) {
        return ClientHello.read(in, ClientHello.MOST_BYTES);
    }

    private static String meaning(byte[] stream) {
        return describe(Cuts.read(ClientHelloTest::read, stream));
    }

    private static String body(byte[] body) {
        return meaning(records(hello(body), 1 << 14));
    }

    private static String extensions(byte[]... extensions) {
        return body(Hellos.body(extensions));
    }

    // ---- what is read

    @Test
    void a_real_client_is_understood() throws Exception {
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            SSLEngine engine = SSLContext.getDefault().createSSLEngine();
            engine.setUseClientMode(true);
            engine.setEnabledProtocols(new String[] {protocol});
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName("Db-1.Example.Org")));
            parameters.setApplicationProtocols(new String[] {"postgresql", "h2"});
            engine.setSSLParameters(parameters);
            ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), out);
            out.flip();
            byte[] stream = new byte[out.remaining()];
            out.get(stream);
            assertEquals("db-1.example.org [postgresql, h2]", meaning(stream));
            assertEquals(stream.length, decidedAfter(ClientHelloTest::read, stream));
        }
    }

    @Test
    void name_and_protocols_are_where_they_are() {
        assertEquals("a.example [h2, http/1.1]", extensions(sni("a.example"), alpn("h2", "http/1.1")));
        assertEquals(
                "a.example [h2]",
                extensions(
                        extension(0x0a0a), alpn("h2"), extension(43, 2, 3, 4), sni("a.example"), extension(0x1a1a, 0)));
        assertEquals("null []", extensions());
        assertEquals("null []", extensions(extension(43, 2, 3, 4)));
        assertEquals("null []", body(Hellos.bodyBeforeExtensions()));
        assertEquals("null [\n\n]", extensions(alpn("\n\n")));
        assertEquals(
                "ClientHello for null with 1 protocols",
                ""
                        + Cuts.read(ClientHelloTest::read, records(hello(Hellos.body(alpn("\n"))), 99))
                                .value());
    }

    @Test
    void what_follows_the_hello_is_not_looked_at() {
        byte[] hello = records(hello(Hellos.body(sni("a.example"))), 1 << 14);
        assertEquals("a.example []", meaning(bytes(hello, new byte[] {1, 2, 3})));
        assertEquals(hello.length, decidedAfter(ClientHelloTest::read, bytes(hello, new byte[100])));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "example.org        | example.org",
                "WWW.Example.ORG    | www.example.org",
                "example.org.       | example.org",
                "localhost          | localhost",
                "_db-1.a_b.example  | _db-1.a_b.example",
                "xn--bcher-kva.example | xn--bcher-kva.example",
                "10.1.2.3           | 10.1.2.3",
                "example.org..      | ",
                ".example.org       | ",
                "a..b               | ",
                ".                  | ",
                "''                 | ",
                "a b                | ",
                "::1                | ",
                "*.example.org      | ",
                "bücher.example     | ",
                "a/../b             | ",
                "'a\n{\"x\":1}'     | ",
                "'a\u0000.example'  | ",
            })
    void a_name_is_a_host_name(String name, String meaning) {
        assertEquals(meaning == null ? NAME : meaning + " []", extensions(sni(name)));
    }

    @Test
    void a_name_has_255_characters_at_most_and_63_between_dots() {
        String label = "a".repeat(63);
        String most = label + "." + label + "." + label + "." + label;
        assertEquals(most + " []", extensions(sni(most)));
        assertEquals(NAME, extensions(sni(most + ".")));
        assertEquals(NAME, extensions(sni(label + "a.example")));
    }

    // ---- records

    @Test
    void a_hello_may_come_in_records_of_any_size() {
        byte[] hello = hello(Hellos.body(sni("a.example"), alpn("h2"), extension(21, new int[200])));
        for (int size = hello.length / 20 + 1; size <= hello.length; size++) {
            assertEquals("a.example [h2]", meaning(records(hello, size)), "records of " + size);
        }
        SplittableRandom random = new SplittableRandom(6);
        for (int round = 0; round < 200; round++) {
            byte[] stream = Hellos.records(hello, 20, random);
            assertEquals("a.example [h2]", describe(read(ByteBuffer.wrap(stream))));
        }
    }

    @Test
    void a_hello_may_come_in_twenty_records_and_no_more() {
        byte[] hello = hello(Hellos.body(sni("a.example")));
        byte[] one = records(hello, 1);
        assertEquals("MALFORMED a ClientHello in more than 20 records", meaning(one));
        assertEquals(120, decidedAfter(ClientHelloTest::read, one));
        int size = (hello.length + 19) / 20;
        assertEquals("a.example []", meaning(records(hello, size)));
    }

    @Test
    void a_hello_may_be_as_long_as_is_allowed() {
        byte[] long60k = hello(Hellos.body(extension(21, new int[60_000]), sni("a.example")));
        byte[] stream = records(long60k, 1 << 14);
        assertEquals("a.example []", describe(Cuts.read(ClientHelloTest::read, stream, 101)));
        assertEquals("a.example []", describe(ClientHello.read(ByteBuffer.wrap(stream), stream.length)));
        assertEquals(TOO_LONG, describe(ClientHello.read(ByteBuffer.wrap(stream), stream.length - 1)));
        byte[] longer = records(hello(Hellos.body(extension(21, new int[65_450]), sni("a.example"))), 1 << 14);
        assertTrue(longer.length > 65536, "" + longer.length);
        assertEquals(TOO_LONG, describe(Cuts.read(ClientHelloTest::read, longer, 997)));
    }

    @Test
    void a_hello_that_will_be_too_long_is_known_by_its_header() {
        byte[] announced = {22, 3, 1, 64, 0, 1, 0, (byte) 0xff, (byte) 0xff};
        assertEquals(9, decidedAfter(ClientHelloTest::read, bytes(announced, new byte[100])));
        assertEquals(TOO_LONG, meaning(announced));
    }

    @Test
    void within_a_small_bound_the_answer_does_not_depend_on_what_lies_behind_it() {
        byte[] stream = records(hello(Hellos.body(sni("a.example"))), 5);
        for (int most = 0; most < stream.length + 5; most++) {
            int bound = most;
            Cuts.read(in -> ClientHello.read(in, bound), stream);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "474554202f20485454502f312e31 | OTHER not TLS                              | 1",
                "80 2e 01 00 02               | OTHER not TLS                              | 1",
                "15 03 01 00 02 02 28         | OTHER not TLS                              | 1",
                "16 02 01 00 05               | OTHER not TLS                              | 2",
                "16 03 05 00 05               | OTHER not TLS                              | 3",
                "16 03 01 00 00 16            | MALFORMED a malformed TLS record           | 5",
                "16 03 01 40 01 01            | MALFORMED a malformed TLS record           | 5",
                "16 03 01 00 05 02            | MALFORMED a TLS handshake without a ClientHello | 6",
                "16 03 01 00 01 01 17         | MALFORMED a malformed TLS record           | 7",
                "16 03 01 00 01 01 16 03 01 00 00 | MALFORMED a malformed TLS record       | 11",
            })
    void the_first_wrong_byte_decides(String stream, String flaw, int after) {
        assertEquals(flaw, meaning(Cuts.hex(stream)));
        assertEquals(after, decidedAfter(ClientHelloTest::read, Cuts.hex(stream)));
    }

    // ---- lengths

    @Test
    void a_body_that_is_cut_short_is_malformed_wherever() {
        byte[] body = Hellos.body(sni("a.example"), alpn("h2"));
        for (int length = 0; length < body.length; length++) {
            boolean withoutExtensions = length == Hellos.bodyBeforeExtensions().length;
            byte[] cut = java.util.Arrays.copyOf(body, length);
            assertEquals(withoutExtensions ? "null []" : BODY, body(cut), length + " bytes");
        }
        assertEquals(BODY, body(bytes(body, new byte[1])));
    }

    @Test
    void ciphers_and_compressions_are_not_left_out() {
        byte[] random = new byte[34];
        assertEquals(BODY, body(bytes(random, new byte[] {0, 0, 0, 1, 0})));
        assertEquals(BODY, body(bytes(random, new byte[] {0, 0, 1, 7, 1, 0})));
        assertEquals(BODY, body(bytes(random, new byte[] {0, 0, 2, 7, 7, 0})));
        assertEquals(BODY, body(bytes(random, new byte[] {33}, new byte[33], new byte[] {0, 2, 7, 7, 1, 0})));
        assertEquals("null []", body(bytes(random, new byte[] {32}, new byte[32], new byte[] {0, 2, 7, 7, 1, 0})));
    }

    @Test
    void lists_of_names_have_right_lengths() {
        assertEquals(NAME, extensions(extension(0)));
        assertEquals(NAME, extensions(extension(0, 0)));
        assertEquals(NAME, extensions(extension(0, 0, 0)));
        assertEquals(NAME, extensions(extension(0, 0, 4, 0, 0, 2, 'a')));
        assertEquals(NAME, extensions(extension(0, 0, 5, 0, 0, 1, 'a')));
        assertEquals(NAME, extensions(extension(0, 0, 3, 0, 0, 1, 'a')));
        assertEquals(NAME, extensions(extension(0, 0, 4, 0, 0xff, 0xff, 'a')));
        assertEquals(NAME, extensions(extension(0, 0, 4, 0, 0, 1, 'a', 'b')));
        assertEquals("a []", extensions(extension(0, 0, 4, 0, 0, 1, 'a')));
        assertEquals("a []", extensions(extension(0, 0, 8, 7, 0, 1, 'b', 0, 0, 1, 'a')));
        assertEquals("null []", extensions(extension(0, 0, 4, 7, 0, 1, 'a')));
    }

    @Test
    void lists_of_protocols_have_right_lengths() {
        assertEquals(ALPN, extensions(extension(16)));
        assertEquals(ALPN, extensions(extension(16, 0, 0)));
        assertEquals(ALPN, extensions(extension(16, 0, 1, 0)));
        assertEquals(ALPN, extensions(extension(16, 0, 3, 2, 'h')));
        assertEquals(ALPN, extensions(extension(16, 0, 2, 2, 'h', '2')));
        assertEquals(ALPN, extensions(extension(16, 0, 3, 2, 'h', '2', 0)));
        assertEquals("null [h2]", extensions(extension(16, 0, 3, 2, 'h', '2')));
    }

    @Test
    void nothing_is_said_twice() {
        assertEquals(NAME, extensions(sni("a"), sni("b")));
        assertEquals(NAME, extensions(extension(0, 0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b')));
        assertEquals(ALPN, extensions(alpn("a"), alpn("b")));
    }

    @Test
    void protocols_are_bounded() {
        String[] most = new String[64];
        java.util.Arrays.fill(most, "x");
        assertEquals("null " + List.of(most), extensions(alpn(most)));
        String[] more = new String[65];
        java.util.Arrays.fill(more, "x");
        assertEquals(ALPN, extensions(alpn(more)));
    }

    @Test
    void a_second_record_of_another_kind_is_malformed() {
        byte[] hello = records(hello(Hellos.body(sni("a.example"))), 40);
        hello[45] = 23;
        assertEquals(RECORD, meaning(hello));
    }
}
