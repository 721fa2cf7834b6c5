package io.lbkit.core.admission;

import static io.lbkit.core.admission.Verdict.ADMITTED;
import static io.lbkit.core.admission.Verdict.NO_ROOM;
import static io.lbkit.core.admission.Verdict.TOO_FAST;
import static io.lbkit.core.admission.Verdict.TOO_MANY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** How many connections each client has. */
class ClientTableTest {

    private static final long SECOND = 1_000_000_000;
    private static final long MAPPED = 0xffffL << 32;
    private static final int ANY = Integer.MAX_VALUE;

    private static final Set<Verdict> DRY = Set.of(TOO_MANY, TOO_FAST, NO_ROOM);

    private static ClientTable table(int places, int most, Rate rate) {
        return new ClientTable(places, most, rate, 64, 1);
    }

    /** A connection from IPv4 client number n. */
    private static Verdict connect(ClientTable table, int client, long nowNanos) {
        return table.admit(0, MAPPED | client, nowNanos, Set.of());
    }

    private static void end(ClientTable table, int client) {
        table.release(0, MAPPED | client);
    }

    @Test
    void a_client_has_as_many_connections_as_it_may() {
        ClientTable table = table(64, 2, null);
        assertEquals(ADMITTED, connect(table, 1, 0));
        assertEquals(ADMITTED, connect(table, 1, 0));
        assertEquals(TOO_MANY, connect(table, 1, 0));
        assertEquals(ADMITTED, connect(table, 2, 0));
        assertEquals(2, table.clients());
        end(table, 1);
        assertEquals(ADMITTED, connect(table, 1, 0));
        assertEquals(TOO_MANY, connect(table, 1, 0));
    }

    @Test
    void a_client_connects_as_fast_as_it_may() {
        ClientTable table = table(64, ANY, new Rate(10, 2));
        assertEquals(
                List.of(ADMITTED, ADMITTED, TOO_FAST),
                List.of(connect(table, 1, 0), connect(table, 1, 0), connect(table, 1, 0)));
        assertEquals(ADMITTED, connect(table, 2, 0));
        assertEquals(TOO_FAST, connect(table, 1, SECOND / 10 - 1));
        assertEquals(ADMITTED, connect(table, 1, SECOND / 10));
        assertEquals(TOO_FAST, connect(table, 1, SECOND / 10));
        assertEquals(TOO_FAST, connect(table, 1, 0), "another loop's clock is behind");
        assertEquals(ADMITTED, connect(table, 1, SECOND / 5));
        assertEquals(TOO_FAST, connect(table, 1, SECOND / 5));
    }

    @Test
    void too_many_takes_no_token() {
        ClientTable table = table(64, 1, new Rate(1, 2));
        assertEquals(ADMITTED, connect(table, 1, 0));
        assertEquals(TOO_MANY, connect(table, 1, 0));
        end(table, 1);
        assertEquals(ADMITTED, connect(table, 1, 0));
        end(table, 1);
        assertEquals(TOO_FAST, connect(table, 1, 0));
    }

    @Test
    void ipv6_clients_are_told_apart_by_their_prefix() {
        ClientTable table = table(64, 1, null);
        assertEquals(ADMITTED, table.admit(0x20010db800000001L, 1, 0, Set.of()));
        assertEquals(TOO_MANY, table.admit(0x20010db800000001L, 2, 0, Set.of()));
        assertEquals(ADMITTED, table.admit(0x20010db800000002L, 1, 0, Set.of()));
        assertEquals(ADMITTED, table.admit(0, 1, 0, Set.of()), "::1");
        assertEquals(TOO_MANY, table.admit(0, 2, 0, Set.of()), "::2");
        assertEquals(ADMITTED, connect(table, 1, 0));
        assertEquals(ADMITTED, connect(table, 2, 0));
        table.release(0x20010db800000001L, 77);
        assertEquals(ADMITTED, table.admit(0x20010db800000001L, 3, 0, Set.of()));
    }

    @Test
    void a_prefix_may_have_any_length() {
        ClientTable few = new ClientTable(64, 1, null, 1, 1);
        assertEquals(ADMITTED, few.admit(0x20010db800000001L, 1, 0, Set.of()));
        assertEquals(TOO_MANY, few.admit(0x7fffffff00000000L, 1, 0, Set.of()));
        ClientTable all = new ClientTable(64, 1, null, 128, 1);
        assertEquals(ADMITTED, all.admit(0x20010db800000001L, 1, 0, Set.of()));
        assertEquals(ADMITTED, all.admit(0x20010db800000001L, 2, 0, Set.of()));
        assertEquals(TOO_MANY, all.admit(0x20010db800000001L, 2, 0, Set.of()));
    }

    @Test
    void a_client_without_an_address_is_not_counted() {
        ClientTable table = table(64, 1, new Rate(1, 1));
        for (int i = 0; i < 5; i++) {
            assertEquals(ADMITTED, table.admit(0, 0, 0, Set.of()));
        }
        assertEquals(0, table.clients());
        table.release(0, 0);
    }

    @Test
    void a_dry_run_says_what_would_be_and_counts_what_is() {
        ClientTable table = table(64, 1, new Rate(1, 1));
        assertEquals(ADMITTED, table.admit(0, MAPPED | 1, 0, DRY));
        assertEquals(TOO_MANY, table.admit(0, MAPPED | 1, 0, DRY));
        assertEquals(2, table.connectionsOf(0, MAPPED | 1));
        end(table, 1);
        end(table, 1);
        assertEquals(TOO_FAST, table.admit(0, MAPPED | 1, 0, DRY));
        assertEquals(1, table.connectionsOf(0, MAPPED | 1));
        assertTrue(TOO_FAST.isCounted(DRY) && TOO_MANY.isCounted(DRY) && ADMITTED.isCounted(DRY));
        assertFalse(TOO_FAST.isCounted(Set.of()) || TOO_MANY.isCounted(Set.of()) || NO_ROOM.isCounted(DRY));
    }

    @Test
    void a_dry_run_of_one_limit_leaves_the_other_in_force() {
        Set<Verdict> dry = Set.of(TOO_MANY);
        ClientTable table = table(64, 1, new Rate(1, 2));
        assertEquals(ADMITTED, table.admit(0, MAPPED | 1, 0, dry));
        assertEquals(TOO_MANY, table.admit(0, MAPPED | 1, 0, dry), "it is let in, and takes a token");
        assertEquals(2, table.connectionsOf(0, MAPPED | 1));
        assertEquals(TOO_FAST, table.admit(0, MAPPED | 1, 0, dry), "it is not let in");
        assertEquals(2, table.connectionsOf(0, MAPPED | 1));

        dry = Set.of(TOO_FAST);
        table = table(64, 2, new Rate(1, 1));
        assertEquals(ADMITTED, table.admit(0, MAPPED | 1, 0, dry));
        assertEquals(TOO_FAST, table.admit(0, MAPPED | 1, 0, dry), "it is let in");
        assertEquals(TOO_MANY, table.admit(0, MAPPED | 1, 0, dry), "it is not");
        assertEquals(2, table.connectionsOf(0, MAPPED | 1));
    }

    @Test
    void a_full_table_keeps_who_has_connections_and_has_no_room_for_others() {
        ClientTable table = table(64, 2, null);
        for (int client = 0; client < 64; client++) {
            assertEquals(ADMITTED, connect(table, client, 0));
        }
        assertEquals(NO_ROOM, connect(table, 64, 0));
        assertEquals(NO_ROOM, table.admit(0, MAPPED | 64, 0, DRY));
        for (int client = 0; client < 64; client++) {
            assertEquals(ADMITTED, connect(table, client, 0));
            assertEquals(TOO_MANY, connect(table, client, 0));
        }
        end(table, 17);
        end(table, 17);
        assertEquals(ADMITTED, connect(table, 64, 0));
        assertEquals(NO_ROOM, connect(table, 17, 0));
        assertEquals(64, table.clients());
    }

    @Test
    void who_has_been_quiet_for_longest_makes_room() {
        ClientTable table = table(64, ANY, new Rate(1, 100));
        for (int client = 0; client < 64; client++) {
            for (int i = 0; i <= (client + 1) % 64; i++) { // the last one has taken least
                connect(table, client, 0);
            }
            for (int i = 0; i <= (client + 1) % 64; i++) {
                end(table, client);
            }
        }
        assertEquals(ADMITTED, connect(table, 64, 0));
        for (int i = 0; i < 98; i++) { // with 2 taken client 0 is the next one to go, and is still there
            assertEquals(ADMITTED, connect(table, 0, 0));
        }
        assertEquals(TOO_FAST, connect(table, 0, 0));
    }

    @Test
    void in_a_table_of_four_times_the_size_there_is_room() {
        for (int seed = 0; seed < 20; seed++) {
            ClientTable table = new ClientTable(40_000, 1, null, 64, seed);
            for (int client = 0; client < 10_000; client++) {
                assertEquals(
                        ADMITTED, connect(table, 1_000_000 + client * 256, 0), "client " + client + ", seed " + seed);
            }
            for (int client = 10_000; client < 200_000; client++) { // they come and go
                assertEquals(ADMITTED, connect(table, client, 0), "client " + client + ", seed " + seed);
                end(table, client);
            }
            assertEquals(10_000, table.clients());
        }
    }

    /** Few places, many clients, any order, against a map. */
    @Test
    void the_counts_are_those_of_a_map() {
        for (int seed = 0; seed < 50; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            ClientTable table =
                    new ClientTable(64 + random.nextInt(100), 3, seed % 2 == 0 ? null : new Rate(5, 10), 64, seed);
            Map<Integer, Integer> model = new HashMap<>();
            List<Integer> open = new ArrayList<>();
            long now = Long.MAX_VALUE - SECOND;
            int noRoom = 0;
            for (int step = 0; step < 5_000; step++) {
                now += random.nextInt(10_000_000);
                if (!open.isEmpty() && random.nextInt(100) < 48) {
                    int client = open.remove(random.nextInt(open.size()));
                    end(table, client);
                    model.merge(client, -1, Integer::sum);
                    continue;
                }
                int client = random.nextInt(300);
                int has = model.getOrDefault(client, 0);
                Verdict verdict = connect(table, client, now);
                assertEquals(has >= 3, verdict == TOO_MANY, "step " + step + ", seed " + seed);
                noRoom += verdict == NO_ROOM ? 1 : 0;
                assertFalse(verdict == NO_ROOM && has > 0);
                if (verdict == ADMITTED) {
                    model.put(client, has + 1);
                    open.add(client);
                }
            }
            model.forEach((client, has) -> assertEquals(has, table.connectionsOf(0, MAPPED | client)));
            assertEquals(model.values().stream().filter(has -> has > 0).count(), table.clients());
            open.forEach(client -> end(table, client));
            assertEquals(0, table.clients());
        }
    }

    @Test
    void loops_at_once_never_admit_too_many() throws InterruptedException {
        ClientTable table = table(64, 3, null);
        AtomicIntegerArray has = new AtomicIntegerArray(8);
        AtomicIntegerArray failures = new AtomicIntegerArray(1);
        List<Thread> loops = new ArrayList<>();
        for (int loop = 0; loop < 4; loop++) {
            SplittableRandom random = new SplittableRandom(loop);
            loops.add(new Thread(() -> {
                for (int step = 0; step < 50_000; step++) {
                    int client = random.nextInt(8);
                    if (connect(table, client, 0) == ADMITTED) {
                        if (has.incrementAndGet(client) > 3) {
                            failures.incrementAndGet(0);
                        }
                        has.decrementAndGet(client);
                        end(table, client);
                    }
                }
            }));
        }
        loops.forEach(Thread::start);
        for (Thread loop : loops) {
            loop.join();
        }
        assertEquals(0, failures.get(0));
        assertEquals(0, table.clients());
    }
}
