package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Proxy;
import io.lbkit.SendProxy;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands of {@code --control}: each is answered once it is in force. */
@Timeout(120)
class ControlTest {

    private EchoServer one;
    private EchoServer two;
    private CliThread cli;

    @BeforeEach
    void start() throws Exception {
        one = EchoServer.start("one");
        two = EchoServer.start("two");
        cli = new CliThread("--selector=round-robin", "--backend", one.backend());
    }

    @AfterEach
    void stop() throws Exception {
        cli.close();
        one.close();
        two.close();
    }

    private Set<String> servedByEight() throws Exception {
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < 8; i++) {
            names.add(cli.served());
        }
        return names;
    }

    @Test
    void an_added_backend_gets_its_share() throws Exception {
        assertEquals(
                "ok added two@" + two.address() + ",weight=3,max=9",
                cli.say("add " + two.backend() + ",weight=3,max=9"));
        assertEquals(Set.of("one", "two"), servedByEight());
    }

    @Test
    void a_drained_backend_gets_nobody_until_it_is_ready_and_keeps_what_it_has() throws Exception {
        cli.say("add " + two.backend());
        try (Caller caller = Caller.to(cli.port())) {
            String name = caller.line();
            String other = name.equals("one") ? "two" : "one";
            assertTrue(cli.say("drain " + name).startsWith("ok draining " + name + "@127.0.0.1:"));
            assertEquals(Set.of(other), servedByEight());
            caller.ping("still there");
            assertTrue(cli.say("ready " + name).startsWith("ok ready " + name + "@127.0.0.1:"));
            assertEquals(Set.of("one", "two"), servedByEight());
            caller.ping("always");
        }
    }

    @Test
    void a_removed_backend_gets_nobody_and_keeps_what_it_has() throws Exception {
        try (Caller caller = Caller.to(cli.port())) {
            assertEquals("one", caller.line());
            cli.say("add " + two.backend());
            assertEquals("ok removed one@" + one.address(), cli.say("remove one"));
            assertEquals(Set.of("two"), servedByEight());
            caller.ping("still there");
            assertEquals("error no backend 'one'", cli.say("remove one"));
        }
        assertEquals("ok added one@" + one.address(), cli.say("add " + one.backend()));
        assertEquals(Set.of("one", "two"), servedByEight());
    }

    @Test
    void weights() throws Exception {
        cli.say("add " + two.backend());
        assertEquals("ok changed one@" + one.address() + ",weight=0", cli.say("weight one 0"));
        assertEquals(Set.of("two"), servedByEight());
        assertEquals("ok changed one@" + one.address(), cli.say("weight one 1"));
        assertEquals(Set.of("one", "two"), servedByEight());
    }

    @Test
    void a_backend_is_known_by_its_address_too() throws Exception {
        String port = one.address().substring(one.address().indexOf(':'));
        assertEquals("ok changed one@" + one.address() + ",weight=2", cli.say("weight " + one.address() + " 2"));
        assertEquals(
                "ok changed one@" + one.address() + ",weight=3", cli.say("weight [::ffff:127.0.0.1]" + port + " 3"));
        cli.say("add [0:0:0:0:0:0:0:1]:9,id=six");
        assertEquals("ok removed six@[::1]:9", cli.say("remove [::1]:9"));
        cli.say("add unix:/run/a.sock");
        assertEquals("ok removed unix:/run/a.sock", cli.say("remove unix:/run/a.sock"));
    }

    @Test
    void two_backends_at_one_address_are_told_apart_by_id() throws Exception {
        cli.say("add " + one.address() + ",id=again");
        assertEquals("error 2 backends, say which by id: '" + one.address() + "'", cli.say("drain " + one.address()));
        assertEquals("ok draining again@" + one.address(), cli.say("drain again"));
    }

    @Test
    void stats_are_a_table_and_a_line() throws Exception {
        assertEquals("one", cli.served());
        String line = cli.say("stats");
        assertTrue(
                line.matches("ok state=RUNNING accepted=1 active=[01] retries=0 accept-failures=0( COMPLETED=1)?"),
                line);
        List<String> table = cli.out().all();
        String head = table.get(table.size() - 3);
        String row = table.get(table.size() - 2);
        assertTrue(
                head.matches("backend +state +weight +active +sessions +failures +to-backend +to-client +connect-ms"),
                head);
        assertTrue(row.matches("one +UP +1 +[01] +1 +0 +0 +4 +\\d+\\.\\d{3}"), row);
    }

    @Test
    void an_explanation_is_a_line_for_each_backend_and_one_for_the_choice() throws Exception {
        cli.say("add " + two.backend());
        cli.say("drain two");
        assertEquals("ok one mode=NORMAL tier=0", cli.say("explain 10.1.2.3"));
        List<String> lines = cli.out().all();
        String ofOne = lines.get(lines.size() - 3);
        String ofTwo = lines.get(lines.size() - 2);
        assertTrue(ofOne.startsWith("one@" + one.address() + " UP candidate: "), ofOne);
        assertTrue(ofTwo.startsWith("two@" + two.address() + " DRAINING out: "), ofTwo);
        assertEquals("ok one mode=NORMAL tier=0", cli.say("explain [2001:db8::1]:99"));
        assertEquals("ok one mode=NORMAL tier=0", cli.say("explain 2001:db8::1"));
        assertEquals("error expected a port between 0 and 65535, not ''", cli.say("explain 10.1.2.3:"));
    }

    @Test
    void the_backends_of_a_route_are_known_by_its_name() throws Exception {
        try (CliThread routed = new CliThread(
                "--backend",
                one.backend(),
                "--sni",
                "shop.example=" + two.address(),
                "--sni",
                "*.example=127.0.0.1:9")) {
            String shop = "shop.example/" + two.address();
            assertEquals(
                    "ok " + two.address() + " mode=NORMAL tier=0 route=shop.example",
                    routed.say("explain 10.1.2.3 Shop.Example"));
            assertEquals(
                    "ok 127.0.0.1:9 mode=NORMAL tier=0 route=*.example", routed.say("explain 10.1.2.3 www.example"));
            assertEquals("ok one mode=NORMAL tier=0", routed.say("explain 10.1.2.3 other"));
            assertEquals("ok draining " + two.address(), routed.say("drain " + shop));
            assertEquals("ok nobody mode=EMPTY tier=0 route=shop.example", routed.say("explain 10.1.2.3 shop.example"));
            assertEquals("ok added three@127.0.0.1:7", routed.say("add shop.example/127.0.0.1:7,id=three"));
            assertEquals("ok changed three@127.0.0.1:7,weight=2", routed.say("weight shop.example/three 2"));
            routed.say("stats");
            List<String> table = routed.out().all();
            List<String> rows = table.subList(table.size() - 5, table.size() - 1);
            assertTrue(rows.get(0).matches("one +UP +1 .*"), rows.get(0));
            assertTrue(rows.get(1).startsWith(shop + " ") && rows.get(1).contains(" DRAINING "), rows.get(1));
            assertTrue(rows.get(2).matches("shop.example/three +UP +2 .*"), rows.get(2));
            assertTrue(rows.get(3).matches("\\*.example/127.0.0.1:9 +UP +1 .*"), rows.get(3));
            assertEquals("ok removed three@127.0.0.1:7,weight=2", routed.say("remove shop.example/three"));
            assertEquals("error no backend 'three'", routed.say("drain shop.example/three"));
            assertEquals("error no backend 'three'", routed.say("drain three"), "it is not one of the proxy's own");
        }
    }

    @Test
    void help() throws Exception {
        assertEquals("ok " + String.join("; ", Control.COMMANDS), cli.say("help"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "add",
                "add a b",
                "remove",
                "drain",
                "ready",
                "weight one",
                "weight one 1 1",
                "stats now",
                "stop now",
                "help me",
                "STOP"
            })
    void what_is_no_command(String line) throws Exception {
        assertEquals("error expected one of: " + String.join("; ", Control.COMMANDS), cli.say(line));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "add 80              | expected HOST:PORT, [IPV6]:PORT or unix:PATH, not '80'",
                "add 127.0.0.1:0     | backend address port is 0, must be between 1 and 65535",
                "add 127.0.0.1:1,id=one | backend id is one, must not be in the pool already",
                "remove two          | no backend 'two'",
                "drain 127.0.0.1:1   | no backend '127.0.0.1:1'",
                "ready :             | expected HOST:PORT, [IPV6]:PORT or unix:PATH, not ':'",
                "weight two 1        | no backend 'two'",
                "weight one 65536    | expected a weight between 0 and 65535, not '65536'",
                "weight one -1       | expected a weight between 0 and 65535, not '-1'",
            })
    void what_cannot_be_done(String line, String complaint) throws Exception {
        assertEquals("error " + complaint, cli.say(line));
        assertEquals("one", cli.served());
    }

    @Test
    void empty_lines_are_not_answered() throws Exception {
        assertTrue(cli.say("\n  \n\t\nstats").startsWith("ok state="));
        assertFalse(cli.out().all().toString().contains("error"));
    }

    @Test
    void the_end_of_the_input_is_no_command_to_stop() {
        try (Proxy proxy = Proxy.builder().listen("127.0.0.1", 0).start()) {
            Printed out = new Printed();
            assertFalse(new Control(proxy, SendProxy.OFF, out.stream()).obey(lines("help")));
            assertTrue(new Control(proxy, SendProxy.OFF, out.stream()).obey(lines("stop\nhelp")));
            assertEquals("ok stopping", out.all().get(1));
            assertEquals(2, out.all().size(), "nothing is read after stop");
        }
    }

    @Test
    void a_closed_proxy_changes_nothing_any_more() {
        Proxy proxy =
                Proxy.builder().listen("127.0.0.1", 0).backend("127.0.0.1", 1).start();
        proxy.close();
        Printed out = new Printed();
        new Control(proxy, SendProxy.OFF, out.stream())
                .obey(
                        lines(
                                "drain 127.0.0.1:1\nremove 127.0.0.1:1\nready 127.0.0.1:1\nadd 127.0.0.1:2\nweight 127.0.0.1:1 2"));
        assertEquals(Collections.nCopies(5, "error proxy lbkit is CLOSED"), out.all());
    }

    private static InputStream lines(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
