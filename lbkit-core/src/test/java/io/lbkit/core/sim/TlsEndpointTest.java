package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Tls;
import io.lbkit.core.tls.Pki;
import io.lbkit.core.tls.TlsEndpoint;
import io.lbkit.core.tls.TlsFailure.Kind;
import io.lbkit.core.tls.TlsSession;
import io.lbkit.core.transport.Opening;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS over a simulated network, against the JDK's engine at the other end. */
class TlsEndpointTest {

    private static final String NAME = "db.example.com";
    private static final Faults ROUGH = new Faults(0.2, 0.3, 0.1, 0.1, 0.1, 0, 0, 0);
    private static final SimNetwork.Style NARROW = new SimNetwork.Style(500, 20_000, 1_000_000, false);

    @TempDir
    Path dir;

    private TlsBench bench;

    private TlsBench bench(SimNetwork.Style style) {
        bench = new TlsBench(dir, 1, style, 8);
        return bench;
    }

    /** An agreed connection, we in one role and the peer in the other. */
    private TlsBench.Owner agreed(boolean weAreServer, String protocol) throws IOException {
        TlsBench.Owner owner = begun(weAreServer, protocol, 1 << 16);
        bench.run();
        assertTrue(owner.agreed, () -> "failed: " + owner.endpoint.failure());
        assertTrue(bench.peer().isAgreed());
        return owner;
    }

    private TlsBench.Owner begun(boolean weAreServer, String protocol, int readBytes) throws IOException {
        if (bench == null) {
            bench(SimNetwork.Style.PLAIN);
        }
        Tls server = bench.server(bench.pki, NAME).protocols(protocol);
        return weAreServer
                ? bench.accept(bench.serverEngine(server), bench.clientEngine(bench.client()), readBytes)
                : bench.connect(bench.clientEngine(bench.client()), bench.serverEngine(server), readBytes);
    }

    // ---- data

    @ParameterizedTest
    @CsvSource({"true,TLSv1.2", "true,TLSv1.3", "false,TLSv1.2", "false,TLSv1.3"})
    void eight_mebibytes_each_way(boolean weAreServer, String protocol) throws IOException {
        TlsBench.Owner owner = agreed(weAreServer, protocol).sends(8 << 20);
        bench.peer().sends(8 << 20);
        owner.begin();
        bench.run();
        assertEquals(8 << 20, owner.received);
        assertEquals(8 << 20, bench.peer().received());
        assertIdle(owner);
    }

    @ParameterizedTest
    @CsvSource({"true,TLSv1.2", "true,TLSv1.3", "false,TLSv1.2", "false,TLSv1.3"})
    void a_rough_and_narrow_network_changes_nothing(boolean weAreServer, String protocol) throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            bench = new TlsBench(dir, seed, NARROW, 8);
            bench.transport.faults(ROUGH);
            TlsBench.Owner owner = begun(weAreServer, protocol, seed % 2 == 0 ? 700 : 1 << 16)
                    .sends(50_000)
                    .ends();
            bench.peer().sends(50_000);
            bench.run();
            bench.peer().ends();
            bench.run();
            String run = "seed " + seed;
            assertEquals(50_000, bench.peer().received(), run);
            assertTrue(bench.peer().sawEnd() && owner.sawEnd && owner.ended, run);
            if (protocol.equals("TLSv1.3")) {
                assertEquals(50_000, owner.received, run);
            }
            owner.close();
            bench.run();
            bench.assertAllGone();
        }
    }

    @Test
    void the_end_of_the_peer_in_tls_12_loses_nothing_on_its_way_to_it() throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            bench = new TlsBench(dir, seed, NARROW, 8);
            bench.transport.faults(ROUGH);
            TlsBench.Owner owner = begun(true, "TLSv1.2", 700).sends(50_000).endsAfterTheOther();
            bench.peer().sends(50_000).ends();
            bench.run();
            assertEquals(50_000, owner.received);
            assertEquals(50_000, bench.peer().received());
            assertTrue(
                    owner.sawEnd && owner.ended && bench.peer().sawEnd(),
                    "seed " + seed + " saw end " + owner.sawEnd + ", ended " + owner.ended + ", peer saw end "
                            + bench.peer().sawEnd() + ", " + owner.endpoint.failure());
            owner.close();
            bench.run();
            bench.assertAllGone();
        }
    }

    @Test
    void a_reset_is_a_cut_in_both_ways() throws IOException {
        TlsBench.Owner owner = agreed(true, "TLSv1.3");
        bench.peer().sends(1000);
        bench.run();
        bench.peer().socket().reset();
        owner.sends(100_000).begin();
        bench.run();
        assertEquals(1000, owner.received);
        assertTrue(owner.failed && !owner.sawEnd);
        owner.reset();
        bench.run();
        bench.assertAllGone();
    }

    @Test
    void plaintext_that_is_left_over_is_told_of_once_a_turn() throws IOException {
        TlsBench.Owner owner = begun(true, "TLSv1.3", 1000);
        bench.peer().sends(16_000);
        bench.run();
        assertEquals(16_000, owner.received);
        assertTrue(owner.calls < 40, owner.calls + " calls for 16 readings");
        int calls = owner.calls;
        bench.run();
        assertEquals(calls, owner.calls, "it spins");
        assertIdle(owner);
    }

    @Test
    void what_nobody_reads_waits_in_the_network() throws IOException {
        TlsBench.Owner owner = agreed(true, "TLSv1.3");
        owner.reading = false;
        owner.interest();
        bench.peer().sends(1 << 20);
        bench.run();
        assertEquals(0, owner.received);
        assertEquals(0, bench.tls.buffers().out());
        owner.reading = true;
        owner.interest();
        bench.run();
        assertEquals(1 << 20, owner.received);
    }

    @Test
    void a_peer_that_does_not_read_holds_one_buffer() throws IOException {
        TlsBench.Owner owner = agreed(true, "TLSv1.3").sends(8 << 20);
        bench.peer().reads(false);
        owner.begin();
        bench.run();
        assertTrue(owner.sent < 1 << 20, owner.sent + " sent");
        assertEquals(1, bench.tls.buffers().out());
        owner.reset();
        bench.run();
        bench.assertAllGone();
    }

    private void assertIdle(TlsBench.Owner owner) {
        assertFalse(owner.failed, () -> "" + owner.endpoint.failure());
        bench.assertNothingLeft();
    }

    // ---- the end

    @ParameterizedTest
    @CsvSource({"true,TLSv1.2", "true,TLSv1.3", "false,TLSv1.2", "false,TLSv1.3"})
    void an_end_of_the_peer_is_seen_and_the_other_way_goes_on(boolean weAreServer, String protocol) throws IOException {
        TlsBench.Owner owner = agreed(weAreServer, protocol);
        bench.peer().sends(1000).ends();
        bench.run();
        assertTrue(owner.sawEnd);
        assertEquals(1000, owner.received);
        owner.sends(3_000_000).ends().begin();
        bench.run();
        assertEquals(3_000_000, bench.peer().received());
        assertTrue(bench.peer().sawEnd());
        assertTrue(owner.ended && !owner.failed, () -> "" + owner.endpoint.failure());
        owner.close();
        bench.run();
        bench.assertAllGone();
    }

    @ParameterizedTest
    @CsvSource({"true,TLSv1.2", "true,TLSv1.3", "false,TLSv1.2", "false,TLSv1.3"})
    void our_end_is_seen_and_the_other_way_goes_on(boolean weAreServer, String protocol) throws IOException {
        TlsBench.Owner owner = agreed(weAreServer, protocol).sends(1000).ends();
        owner.begin();
        bench.run();
        assertTrue(bench.peer().sawEnd());
        boolean goesOn = protocol.equals("TLSv1.3");
        assertEquals(!goesOn, owner.sawEnd, "in TLS 1.2 the engine at the other end answers with its own end");
        if (goesOn) {
            bench.peer().sends(3_000_000);
            bench.run();
            assertEquals(3_000_000, owner.received);
        }
        bench.peer().ends();
        bench.run();
        assertTrue(owner.sawEnd);
        owner.close();
        bench.run();
        bench.assertAllGone();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void what_a_dead_peer_has_seen_is_counted(String protocol) throws IOException {
        bench(new SimNetwork.Style(20_000, 20_000, 0, false));
        TlsBench.Owner owner = agreed(true, protocol).sends(60_000);
        owner.begin(); // four records at once, of which the network takes less
        bench.peer().act();
        long seen = bench.peer().received();
        assertTrue(seen > 0 && seen < 60_000, () -> seen + " bytes");
        bench.peer().socket().reset();
        bench.run();
        assertTrue(owner.failed);
        assertTrue(owner.sent >= seen, () -> owner.sent + " of " + seen + " bytes");
        owner.reset();
        bench.run();
        bench.assertAllGone();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void a_cut_is_no_end(String protocol) throws IOException {
        TlsBench.Owner owner = agreed(true, protocol);
        bench.peer().sends(1000);
        bench.run();
        bench.peer().socket().shutdownOutput();
        bench.run();
        assertEquals(1000, owner.received);
        assertTrue(owner.failed && !owner.sawEnd);
        assertKind(Kind.CUT, owner);
        owner.reset();
        bench.run();
        assertFalse(bench.peer().sawEnd());
        bench.assertAllGone();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void close_says_so_and_reset_does_not(String protocol) throws IOException {
        TlsBench.Owner closing = agreed(true, protocol);
        closing.close();
        bench.run();
        assertTrue(bench.peer().sawEnd());
        TlsBench.Owner resetting = agreed(true, protocol);
        resetting.reset();
        bench.run();
        assertFalse(bench.peer().sawEnd());
        assertTrue(bench.peer().sawCut());
        bench.assertAllGone();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_last_word_waits_for_room_but_not_for_ever(boolean readsAgain) throws IOException {
        bench(new SimNetwork.Style(70_000, 70_000, 0, false));
        TlsBench.Owner owner = agreed(true, "TLSv1.3");
        bench.peer().reads(false);
        SimSocket there = bench.peer().socket();
        long closeNotifyBytes = 40;
        while (2 * 70_000 - (there.peer().written() - there.bytesRead()) >= closeNotifyBytes) {
            owner.sends(1).begin();
            bench.loop.turn();
        }
        assertEquals(owner.sent, owner.toSend(), "all was taken");
        owner.close();
        bench.run();
        assertFalse(bench.peer().socket().endReceived());
        if (readsAgain) {
            bench.peer().reads(true);
            bench.run();
            assertEquals(owner.sent, bench.peer().received());
            assertTrue(bench.peer().sawEnd());
        } else {
            bench.pass(29);
            assertFalse(bench.peer().socket().wasReset());
            bench.pass(2);
            assertTrue(bench.peer().socket().wasReset());
        }
        bench.assertAllGone();
    }

    @Test
    void a_forged_end_in_tls_12_does_not_end_well() throws IOException {
        TlsBench.Owner owner = agreed(true, "TLSv1.2");
        bench.peer().says(new byte[] {
            21, 3, 3, 0, 26, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
        });
        bench.run();
        assertTrue(owner.sawEnd, "taken on trust");
        owner.ends().begin();
        bench.run();
        assertTrue(owner.failed && !owner.ended);
        assertKind(Kind.BROKEN, owner);
        assertTrue(owner.endpoint.failure().detail().contains("ag mismatch"), () -> "" + owner.endpoint.failure());
        owner.reset();
        bench.run();
        bench.assertAllGone();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void a_forged_record_is_a_failure(String protocol) throws IOException {
        TlsBench.Owner owner = agreed(true, protocol);
        byte[] forged = new byte[45];
        System.arraycopy(new byte[] {23, 3, 3, 0, 40}, 0, forged, 0, 5);
        bench.peer().says(forged);
        bench.run();
        assertTrue(owner.failed);
        assertKind(Kind.BROKEN, owner);
        assertFalse(bench.peer().sawEnd(), "an alert, but no close_notify");
        assertNotNull(bench.peer().broken());
        owner.reset();
        bench.run();
        bench.assertAllGone();
    }

    // ---- after the handshake

    @Test
    void keys_are_updated() throws IOException {
        TlsBench.Owner owner = agreed(true, "TLSv1.3").sends(1000);
        for (int i = 0; i < 5; i++) {
            bench.peer().updateKeys();
            bench.peer().sends(100_000);
            owner.sends(100_000).begin();
            bench.run();
        }
        assertEquals(500_000, owner.received);
        assertEquals(501_000, bench.peer().received());
        assertIdle(owner);
    }

    @Test
    void who_asks_for_keys_and_does_not_listen_is_not_read_for_ever() throws IOException {
        TlsBench.Owner owner = agreed(true, "TLSv1.3").sends(8 << 20);
        bench.peer().reads(false);
        owner.begin();
        bench.run();
        for (int i = 0; i < 200; i++) {
            bench.peer().updateKeys();
        }
        bench.peer().sends(1000);
        bench.run();
        assertEquals(0, owner.received, "it reads what nobody answers");
        bench.peer().reads(true);
        bench.run();
        assertEquals(1000, owner.received);
        assertEquals(8 << 20, bench.peer().received());
        assertIdle(owner);
    }

    @Test
    void there_is_no_second_handshake() throws IOException {
        TlsBench.Owner owner = agreed(true, "TLSv1.2");
        bench.peer().engine().beginHandshake();
        bench.run();
        assertTrue(owner.failed);
        assertKind(Kind.RENEGOTIATION, owner);
        owner.reset();
        bench.run();
        bench.assertAllGone();
    }

    @Test
    void tickets_of_a_backend_are_no_data() throws IOException {
        TlsBench.Owner owner = agreed(false, "TLSv1.3");
        assertEquals(0, owner.received);
        bench.assertNothingLeft();
    }

    // ---- the handshake

    @Test
    void what_was_agreed_on_can_be_asked() throws IOException {
        bench(SimNetwork.Style.PLAIN);
        Tls server = bench.server(bench.pki, NAME).alpn("h2", "http/1.1");
        TlsBench.Owner owner = bench.accept(
                bench.serverEngine(server), bench.clientEngine(bench.client().alpn("http/1.1")), 100);
        bench.run();
        TlsSession session = owner.endpoint.session();
        assertNotNull(session);
        assertEquals("TLSv1.3", session.protocol());
        assertEquals("http/1.1", session.alpn());
        assertEquals(NAME, session.serverName());
        assertFalse(session.peerShowedCertificate());
        assertTrue(session.cipher().startsWith("TLS_"), session::cipher);
        assertNull(owner.endpoint.failure());
    }

    @Test
    void an_authority_nobody_knows_is_a_failure_on_both_sides() throws IOException {
        bench(SimNetwork.Style.PLAIN);
        Tls stranger = bench.server(new Pki("stranger"), NAME);
        assertFails(
                Kind.UNTRUSTED, bench.connect(bench.clientEngine(bench.client()), bench.serverEngine(stranger), 100));
        assertFails(Kind.REFUSED, bench.accept(bench.serverEngine(stranger), bench.clientEngine(bench.client()), 100));
    }

    @Test
    void another_name_is_a_failure_unless_nobody_verifies() throws IOException {
        bench(SimNetwork.Style.PLAIN);
        Tls other = bench.server(bench.pki, "web.example.com");
        assertFails(Kind.WRONG_NAME, bench.connect(bench.clientEngine(bench.client()), bench.serverEngine(other), 100));
        TlsBench.Owner careless =
                bench.connect(bench.clientEngine(bench.client().verify(false)), bench.serverEngine(other), 100);
        bench.run();
        assertTrue(careless.agreed);
    }

    @Test
    void a_client_without_the_certificate_that_is_required_is_a_failure() throws IOException {
        bench(SimNetwork.Style.PLAIN);
        Tls strict = bench.server(bench.pki, NAME)
                .trust(Pki.file(dir, "clients.crt", bench.pki.pem()))
                .clientAuth(Tls.ClientAuth.REQUIRED);
        assertFails(
                Kind.NO_CERTIFICATE, bench.accept(bench.serverEngine(strict), bench.clientEngine(bench.client()), 100));
    }

    @Test
    void nothing_in_common_is_a_failure() throws IOException {
        bench(SimNetwork.Style.PLAIN);
        Tls old = bench.server(bench.pki, NAME).protocols("TLSv1.2");
        assertFails(
                Kind.NOTHING_IN_COMMON,
                bench.accept(
                        bench.serverEngine(old),
                        bench.clientEngine(bench.client().protocols("TLSv1.3")),
                        100));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000"})
    void garbage_is_a_failure(String garbage) throws IOException {
        bench(SimNetwork.Style.PLAIN);
        TlsBench.Owner owner = bench.accept(
                bench.serverEngine(bench.server(bench.pki, NAME)), bench.clientEngine(bench.client()), 100);
        bench.peer().socket().write(java.nio.ByteBuffer.wrap(garbage.getBytes(StandardCharsets.ISO_8859_1)), 100);
        assertFails(Kind.NOT_TLS, owner);
    }

    @Test
    void who_leaves_during_the_handshake_has_left() throws IOException {
        TlsBench.Owner owner = begun(true, "TLSv1.3", 100);
        bench.peer().socket().shutdownOutput();
        bench.peer().reads(false);
        assertFails(Kind.LEFT, owner);
    }

    private void assertFails(Kind kind, TlsBench.Owner owner) throws IOException {
        bench.run();
        assertTrue(owner.failed);
        assertKind(kind, owner);
        assertNull(owner.endpoint.session());
        owner.reset();
        bench.run();
        bench.assertAllGone();
    }

    private static void assertKind(Kind kind, TlsBench.Owner owner) {
        assertNotNull(owner.endpoint.failure());
        assertEquals(kind, owner.endpoint.failure().kind(), () -> "" + owner.endpoint.failure());
    }

    @Test
    void what_is_computed_too_late_is_ignored() throws IOException {
        TlsBench.Owner closed = begun(true, "TLSv1.3", 100);
        bench.errandsRun = false;
        bench.run();
        assertEquals(1, bench.errands.size());
        assertEquals(1, bench.handshakes.used());
        closed.close();
        bench.run();
        assertEquals(1, bench.handshakes.used(), "the computing goes on");
        bench.errandsRun = true;
        bench.run();
        bench.assertAllGone();
    }

    @Test
    void too_many_handshakes_wait_in_order() throws IOException {
        bench = new TlsBench(dir, 1, SimNetwork.Style.PLAIN, 2);
        bench.errandsRun = false;
        List<TlsBench.Owner> owners = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            owners.add(begun(true, "TLSv1.3", 100));
            bench.run();
        }
        assertEquals(2, bench.handshakes.used());
        assertEquals(2, bench.errands.size());
        owners.get(2).reset(); // one that waits
        bench.errandsRun = true;
        bench.run();
        owners.remove(2);
        assertTrue(owners.stream().allMatch(o -> o.agreed));
        owners.forEach(TlsBench.Owner::close);
        bench.run();
        bench.assertAllGone();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void to_have_too_much_to_compute_is_no_fault_of_a_backend(boolean weAreServer) throws IOException {
        TlsBench.Owner owner = begun(weAreServer, "TLSv1.3", 100);
        bench.errandsRefused = true;
        bench.run();
        assertTrue(owner.failed);
        assertKind(Kind.OVERLOADED, owner);
        assertEquals(!weAreServer, owner.failedHere);
        owner.reset();
        bench.run();
        bench.assertAllGone();
    }

    @Test
    void a_thread_that_cannot_be_had_takes_no_place() throws IOException {
        TlsBench.Owner owner = begun(true, "TLSv1.3", 100);
        bench.errandsThrow = true;
        assertThrows(OutOfMemoryError.class, () -> bench.run());
        owner.reset();
        bench.run();
        bench.assertAllGone();
    }

    /** A place may be long in coming, and an engine is not small. */
    @Test
    void who_waits_for_a_place_and_leaves_is_forgotten_at_once() throws IOException {
        bench = new TlsBench(dir, 1, SimNetwork.Style.PLAIN, 1);
        bench.errandsRun = false;
        TlsBench.Owner first = begun(true, "TLSv1.3", 100);
        bench.run();
        TlsBench.Owner second = begun(true, "TLSv1.3", 100);
        bench.run();
        assertEquals(1, bench.handshakes.waiting());
        second.reset();
        assertEquals(0, bench.handshakes.waiting());
        bench.errandsRun = true;
        bench.run();
        assertTrue(first.agreed);
        first.close();
        bench.run();
        bench.assertAllGone();
    }

    @Test
    void a_header_for_a_connection_that_cannot_be_opened_is_given_back() {
        bench(SimNetwork.Style.PLAIN);
        SSLEngine engine = bench.clientEngine(bench.client());
        Opening none = owner -> {
            throw new IOException("Too many open files");
        };
        assertThrows(
                IOException.class, () -> TlsEndpoint.connect(bench.tls, engine, none, new byte[12], (e, r, w) -> {}));
        bench.assertAllGone();
    }

    @Test
    void who_says_nothing_takes_no_place() throws IOException {
        TlsBench.Owner owner = begun(true, "TLSv1.3", 100);
        bench.peer().reads(false);
        bench.loop.turn();
        bench.assertNothingLeft();
        assertFalse(owner.agreed || owner.failed);
        owner.close();
        bench.assertAllGone();
    }
}
