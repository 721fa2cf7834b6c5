package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.Selector;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One backend for one key, in every proxy, and few keys moved. */
class ConsistentHashTest {

    private static final int KEYS = 100_000;

    static Stream<Named<ConsistentHash>> both() {
        return Stream.of(
                Named.of("Maglev", Selectors.maglev(Pool.Client.BY_ID)),
                Named.of("rendezvous", Selectors.rendezvous(Pool.Client.BY_ID)));
    }

    @Test
    void maglev_gives_these_keys_to_these_backends_for_ever() {
        Pool equal = Pool.having(databases(1, 1, 1, 1, 1, 1, 1));
        Pool weighted = Pool.having(databases(1, 2, 3, 4, 5, 6, 7));
        Selector maglev = Selectors.maglev(Pool.Client.BY_ID);
        assertEquals("3545144667231231327133421477771334121362", numbers(equal, maglev));
        assertEquals("6545744667236536647133467477776374527764", numbers(weighted, maglev));
        assertEquals("2545144667261211127156421477771514121462", numbers(equal.hide(2), maglev));
    }

    @Test
    void rendezvous_gives_these_keys_to_these_backends_for_ever() {
        Selector rendezvous = Selectors.rendezvous(Pool.Client.BY_ID);
        assertEquals(
                "4242671543613365671447647323561527632257",
                numbers(Pool.having(databases(1, 1, 1, 1, 1, 1, 1)), rendezvous));
        assertEquals(
                "4242676543753365671447677323564527632257",
                numbers(Pool.having(databases(1, 2, 3, 4, 5, 6, 7)), rendezvous));
    }

    /** The numbers of the backends that have the keys 0 to 39. */
    private static String numbers(Pool pool, Selector selector) {
        int[] homes = homes(pool, selector, 40);
        return Arrays.stream(homes).mapToObj(home -> String.valueOf(home + 1)).collect(Collectors.joining());
    }

    @ParameterizedTest
    @MethodSource("both")
    void ten_backends_are_evenly_loaded(Selector selector) {
        int[] keys = counts(homes(Pool.equal(10), selector, KEYS), 10);
        assertTrue(Arrays.stream(keys).max().orElseThrow() < 1.1 * KEYS / 10, Arrays.toString(keys));
    }

    @ParameterizedTest
    @MethodSource("both")
    void keys_follow_weights(Selector selector) {
        Pool pool = Pool.of(5, 3, 2, 10);
        Shares.assertWithin(2, pool.weights(), counts(homes(pool, selector, KEYS), 4));
    }

    @ParameterizedTest
    @MethodSource("both")
    void a_slow_start_scales_weights_and_moves_no_key_by_that(Selector selector) {
        assertArrayEquals(
                homes(Pool.of(5, 3, 2, 10), selector, KEYS), homes(Pool.of(500, 300, 200, 1000), selector, KEYS));
        assertArrayEquals(
                homes(Pool.of(1, 1, 1), selector, KEYS),
                homes(Pool.of(6_553_500, 6_553_500, 6_553_500), selector, KEYS));
    }

    @Test
    void one_of_ten_removed_moves_few_keys_of_the_others() {
        Pool ten = Pool.having(databases(1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
        for (int removed = 0; removed < 10; removed++) {
            int[] before = homes(ten, Selectors.maglev(Pool.Client.BY_ID), KEYS);
            int[] after = homes(without(ten, removed), Selectors.maglev(Pool.Client.BY_ID), KEYS);
            int others = 0;
            int moved = 0;
            for (int key = 0; key < KEYS; key++) {
                int stays = before[key] < removed ? before[key] : before[key] - 1;
                others += before[key] != removed ? 1 : 0;
                moved += before[key] != removed && after[key] != stays ? 1 : 0;
            }
            int percent = 100 * moved / others;
            assertTrue(percent <= 12, percent + " % of the keys of others moved without backend " + removed);
        }
    }

    @Test
    void by_rendezvous_one_of_ten_removed_moves_no_key_of_the_others() {
        Pool ten = Pool.having(databases(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
        int[] before = homes(ten, Selectors.rendezvous(Pool.Client.BY_ID), KEYS);
        int[] after = homes(without(ten, 4), Selectors.rendezvous(Pool.Client.BY_ID), KEYS);
        for (int key = 0; key < KEYS; key++) {
            if (before[key] != 4) {
                assertEquals(before[key] < 4 ? before[key] : before[key] - 1, after[key]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("both")
    void what_is_hidden_moves_no_key_of_the_others_and_gets_its_own_back(Selector selector) {
        Pool pool = Pool.of(1, 2, 3, 1, 2, 3, 1, 2, 3, 1);
        Selector prepared = pool.prepare(selector);
        int[] before = homesPrepared(pool, prepared, KEYS);
        int[] hidden = homesPrepared(pool.hide(2, 7), prepared, KEYS);
        for (int key = 0; key < KEYS; key++) {
            if (before[key] == 2 || before[key] == 7) {
                assertTrue(hidden[key] != 2 && hidden[key] != 7);
            } else {
                assertEquals(before[key], hidden[key]);
            }
        }
        assertArrayEquals(before, homesPrepared(pool.hide(), prepared, KEYS));
    }

    @ParameterizedTest
    @MethodSource("both")
    void keys_of_a_hidden_backend_spread_over_the_others_by_weight(Selector selector) {
        Pool pool = Pool.of(4, 1, 2, 1, 2);
        Selector prepared = pool.prepare(selector);
        int[] before = homesPrepared(pool, prepared, KEYS);
        int[] hidden = homesPrepared(pool.hide(0), prepared, KEYS);
        int[] gained = new int[5];
        for (int key = 0; key < KEYS; key++) {
            gained[hidden[key]] += before[key] == 0 ? 1 : 0;
        }
        Shares.assertWithin(4, new int[] {1, 2, 1, 2}, Arrays.copyOfRange(gained, 1, 5));
    }

    @ParameterizedTest
    @MethodSource("both")
    void fifty_proxies_agree_on_every_key(Selector selector) {
        Random shuffling = new Random(1);
        List<Backend> backends = Arrays.asList(databases(1, 2, 1, 2, 1, 2, 1, 2, 1, 2));
        String[] agreed = ids(Pool.having(backends.toArray(Backend[]::new)), selector);
        for (int proxy = 1; proxy < 50; proxy++) {
            Collections.shuffle(backends, shuffling);
            assertArrayEquals(agreed, ids(Pool.having(backends.toArray(Backend[]::new)), selector));
        }
    }

    @ParameterizedTest
    @MethodSource("both")
    void fifty_proxies_agree_on_second_and_third_attempts(Selector selector) {
        List<Backend> backends = Arrays.asList(databases(1, 2, 3, 4, 5));
        Pool pool = Pool.having(backends.toArray(Backend[]::new));
        Collections.reverse(backends);
        Pool turned = Pool.having(backends.toArray(Backend[]::new));
        Selector one = pool.prepare(selector);
        Selector other = turned.prepare(selector);
        for (long key = 0; key < 1000; key++) {
            Pool.Client client = new Pool.Client(key).id(key);
            int[] tried = new int[3];
            int[] triedThere = new int[3];
            for (int attempt = 0; attempt < 3; attempt++) {
                tried[attempt] = pool.hide(Arrays.copyOf(tried, attempt)).pick(one, client);
                triedThere[attempt] =
                        turned.hide(Arrays.copyOf(triedThere, attempt)).pick(other, client);
                assertEquals(pool.idAt(tried[attempt]), turned.idAt(triedThere[attempt]));
            }
            assertEquals(3, Arrays.stream(tried).distinct().count());
        }
    }

    @ParameterizedTest
    @MethodSource("both")
    void the_last_of_a_thousand_is_found_and_moves_no_key_when_others_return(Selector selector) {
        Pool pool = Pool.equal(1000);
        Selector prepared = pool.prepare(selector);
        int[] two = homesPrepared(pool.hide(IntStream.range(2, 1000).toArray()), prepared, 2000);
        int[] three = homesPrepared(pool.hide(IntStream.range(3, 1000).toArray()), prepared, 2000);
        for (int key = 0; key < 2000; key++) {
            assertTrue(three[key] == 2 || three[key] == two[key], "a key of another moved");
        }
        assertEquals(999, pool.hideAllBut(999).pick(prepared, new Pool.Client(1)));
    }

    @ParameterizedTest
    @MethodSource("both")
    void unprepared_it_gives_a_key_one_backend_all_the_same(Selector selector) {
        Pool pool = Pool.having(databases(1, 2, 3));
        int[] homes = homesPrepared(pool, selector, KEYS);
        Shares.assertWithin(2, pool.weights(), counts(homes, 3));
        assertArrayEquals(homes, homesPrepared(pool, selector, KEYS));
    }

    @Test
    void a_client_address_has_one_backend_whatever_its_port() {
        Pool pool = Pool.equal(10);
        for (Selector unprepared : List.of(Selectors.sourceHash(), Selectors.maglev(), Selectors.rendezvous())) {
            Selector selector = pool.prepare(unprepared);
            int home = pool.pick(selector, client("10.1.2.3", 1));
            for (int port = 2; port < 1000; port++) {
                assertEquals(home, pool.pick(selector, client("10.1.2.3", port)));
            }
            assertNotEquals(
                    1,
                    LongStream.range(0, 100)
                            .map(host -> pool.pick(selector, client("10.1.2." + host, 1)))
                            .distinct()
                            .count());
        }
    }

    private static Pool.Client client(String ip, int port) {
        return new Pool.Client(1).at(new InetSocketAddress(ip, port));
    }

    private static Backend[] databases(int... weights) {
        Backend[] backends = new Backend[weights.length];
        Arrays.setAll(
                backends, i -> Backend.of("127.0.0.1", 5432).id("db-" + (i + 1)).weight(weights[i]));
        return backends;
    }

    private static Pool without(Pool pool, int removed) {
        return Pool.having(IntStream.range(0, pool.size())
                .filter(i -> i != removed)
                .mapToObj(pool::backend)
                .toArray(Backend[]::new));
    }

    private static String[] ids(Pool pool, Selector selector) {
        int[] homes = homes(pool, selector, 10_000);
        return Arrays.stream(homes).mapToObj(pool::idAt).toArray(String[]::new);
    }

    private static int[] homes(Pool pool, Selector selector, int keys) {
        return homesPrepared(pool, pool.prepare(selector), keys);
    }

    /** The position that each key from 0 on has. */
    private static int[] homesPrepared(Pool pool, Selector prepared, int keys) {
        Pool.Client client = new Pool.Client(1);
        int[] homes = new int[keys];
        Arrays.setAll(homes, key -> pool.pick(prepared, client.id(key)));
        return homes;
    }

    private static int[] counts(int[] homes, int backends) {
        int[] counts = new int[backends];
        Arrays.stream(homes).forEach(home -> counts[home]++);
        return counts;
    }
}
