package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Proxy;
import io.lbkit.Selector;
import io.lbkit.selector.Key;
import io.lbkit.selector.Selectors;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that come again, from addresses of 127.0.0.0/8. */
class AffinityTest {

    private static final int CLIENTS = 40;

    @RegisterExtension
    final Lab lab = new Lab();

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"source-hash", "rendezvous"})
    void a_client_meets_the_same_server_on_every_loop_of_every_proxy(String name) throws IOException {
        TestServer[] servers = {lab.greeter("a"), lab.greeter("b"), lab.greeter("c")};
        Proxy one = lab.start(lab.proxy(servers).selector(Selectors.named(name)).loops(4));
        Proxy other = lab.start(lab.proxy(servers[2], servers[0], servers[1])
                .selector(Selectors.named(name))
                .loops(1));
        Map<Integer, String> homes = homes(one);
        assertEquals(3, new HashSet<>(homes.values()).size(), homes.toString());
        assertEquals(homes, homes(one));
        assertEquals(homes, homes(other));
    }

    @Test
    void without_its_server_a_client_moves_and_the_others_do_not() throws IOException {
        TestServer b = lab.greeter("b");
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"), b, lab.greeter("c"))
                .selector(Selectors.sourceHash())
                .loops(2));
        Map<Integer, String> before = homes(proxy);
        b.kill(); // refuses: the first attempt fails, and the second is as certain as the first
        Map<Integer, String> after = homes(proxy);
        before.forEach((client, home) -> {
            if (home.equals("b")) {
                assertNotEquals("b", after.get(client));
            } else {
                assertEquals(home, after.get(client));
            }
        });
        assertEquals(after, homes(proxy));
    }

    @Test
    void a_client_sticks_to_the_server_it_had_and_learns_another_when_that_dies() throws IOException {
        TestServer b = lab.greeter("b");
        Selector sticky = Selectors.sticky(Key.clientAddress(), Selectors.roundRobin());
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"), b, lab.greeter("c"))
                .selector(sticky)
                .loops(4));
        Map<Integer, String> first = homes(proxy);
        assertEquals(3, new HashSet<>(first.values()).size(), first.toString());
        assertEquals(first, homes(proxy));
        b.kill();
        Map<Integer, String> second = homes(proxy);
        assertTrue(!second.containsValue("b"), second.toString());
        assertEquals(second, homes(proxy));
    }

    @Test
    void servers_of_the_zone_come_first_and_others_when_there_are_none() throws IOException {
        TestServer near = lab.greeter("near");
        Proxy proxy = lab.start(lab.proxy()
                .backend(lab.greeter("far").backend().zone("west"))
                .backend(near.backend().zone("east"))
                .selector(Selectors.zoneFirst("east", Selectors.roundRobin()))
                .loops(2));
        assertEquals(Set.of("near"), new HashSet<>(homes(proxy).values()));
        near.kill();
        assertEquals(Set.of("far"), new HashSet<>(homes(proxy).values()));
    }

    private static Map<Integer, String> homes(Proxy proxy) throws IOException {
        Map<Integer, String> homes = new HashMap<>();
        for (int client = 0; client < CLIENTS; client++) {
            try (Client from = Client.from("127.0.1." + (1 + client), proxy)) {
                homes.put(client, from.line());
            }
        }
        return homes;
    }
}
