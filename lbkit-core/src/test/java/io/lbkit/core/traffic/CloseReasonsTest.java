package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.AccessRules;
import io.lbkit.AddressSet;
import io.lbkit.Admission;
import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.FirstBytes;
import io.lbkit.HealthCheck;
import io.lbkit.Listener;
import io.lbkit.Phase;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.Rebalance;
import io.lbkit.Route;
import io.lbkit.SessionPolicy;
import io.lbkit.SessionReport;
import io.lbkit.SourceAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every reason, brought about over real sockets: once in the observer, once in the counters, in one report. */
class CloseReasonsTest {

    private static final Duration SHORT = Duration.ofMillis(100);

    @RegisterExtension
    final Lab lab = new Lab();

    private final Reports reports = new Reports();

    @ParameterizedTest
    @EnumSource
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void comes_exactly_once(CloseReason reason) throws Exception {
        Proxy proxy = bringAbout(reason);
        SessionReport report = reports.only();
        assertEquals(reason, report.reason());
        assertEquals(1, proxy.stats().closed(reason));
        assertEquals(
                1, proxy.stats().closed().values().stream().mapToLong(n -> n).sum());
        assertEquals("lab", report.proxy());
        assertEquals(proxy.localAddress(), report.listener());
        assertTrue(!report.duration().isNegative() && report.duration().toSeconds() < 60, report.toString());
        assertTrue(report.toString().contains("ended-by=" + reason.who() + " reason=" + reason), report.toString());
        boolean connected = reports.connected().containsKey(report.sessionId());
        Phase unconnected = switch (reason) {
            case PRELUDE_TIMEOUT, PRELUDE_REJECTED, ACCESS_DENIED, CLIENT_FULL, TOO_FAST, NO_ROUTE -> Phase.PRELUDE;
            case QUEUE_TIMEOUT -> Phase.QUEUED;
            default -> Phase.CONNECTING;
        };
        assertEquals(connected ? Phase.RELAYING : unconnected, report.phase());
        if (connected) {
            assertEquals(1, report.attempts());
            assertEquals(
                    reports.connected().get(report.sessionId()),
                    report.backend().id());
            assertNotNull(report.connectTime());
            assertTrue(report.connectTime().compareTo(report.duration()) <= 0, report.toString());
            assertEquals(report.bytesToClient() > 0, report.firstByteTime() != null, report.toString());
        } else {
            assertNull(report.connectTime());
            assertNull(report.firstByteTime());
            assertEquals(0, report.bytesToBackend() + report.bytesToClient());
        }
    }

    private Proxy bringAbout(CloseReason reason) throws Exception {
        return switch (reason) {
            case COMPLETED -> {
                Proxy proxy = start(greeting());
                Client client = greeted(proxy).ping("x");
                client.end().expectEnd();
                assertEquals(4, reports.only().bytesToClient());
                assertEquals(2, reports.only().bytesToBackend());
                yield proxy;
            }
            case RESET_BY_CLIENT -> {
                Proxy proxy = start(greeting());
                greeted(proxy).reset();
                yield proxy;
            }
            case RESET_BY_BACKEND -> {
                TestServer server = lab.greeter("a");
                Proxy proxy = start(lab.proxy(server));
                Client client = greeted(proxy);
                server.kill();
                client.expectReset();
                yield proxy;
            }
            case PRELUDE_TIMEOUT -> {
                Proxy proxy = start(announced().limits(limits -> limits.preludeTimeout(SHORT)));
                lab.connect(proxy).send("PROXY TCP4 ").expectReset();
                assertTrue(reports.only().duration().compareTo(SHORT) >= 0);
                yield proxy;
            }
            case PRELUDE_REJECTED -> {
                Proxy proxy = start(announced());
                lab.connect(proxy).send("GET / HTTP/1.0\r\n\r\n").expectReset();
                yield proxy;
            }
            case ACCESS_DENIED -> {
                Proxy proxy = start(greeting().access(AccessRules.NONE.deny(AddressSet.of("127.0.0.0/8"))));
                lab.connect(proxy).expectReset();
                yield proxy;
            }
            case CLIENT_FULL -> {
                Reports others = new Reports();
                Proxy proxy = lab.start(greeting()
                        .admission(Admission.UNLIMITED.connectionsPerClient(1))
                        .observer(new FirstIgnored(reports, others)));
                greeted(proxy);
                lab.connect(proxy).expectReset();
                yield proxy;
            }
            case TOO_FAST -> {
                Reports others = new Reports();
                Proxy proxy = lab.start(greeting()
                        .admission(Admission.UNLIMITED.clientConnectionsPerSecond(1))
                        .observer(new FirstIgnored(reports, others)));
                greeted(proxy);
                lab.connect(proxy).expectReset();
                yield proxy;
            }
            case NO_ROUTE -> {
                Route route = Route.named("b")
                        .firstBytes(FirstBytes.startingWith((byte) 'b'))
                        .backend(lab.greeter("b").backend());
                Proxy proxy = start(lab.proxy().route(route));
                lab.connect(proxy).send("a").expectReset();
                assertNull(reports.only().backend());
                yield proxy;
            }
            case CONNECT_FAILED -> {
                Proxy proxy = start(lab.proxy().backend(lab.refusing()));
                lab.connect(proxy).expectReset();
                yield proxy;
            }
            case LOCAL_FAILURE -> {
                int taken = lab.greeter("taken").address().getPort();
                Proxy proxy = start(lab.proxy()
                        .backend(lab.greeter("a")
                                .backend()
                                .source(SourceAddress.of("127.0.0.1").ports(taken, taken))));
                lab.connect(proxy).expectReset();
                assertEquals(0, proxy.stats().backends().get(0).connectFailures(), "it has done nothing");
                yield proxy;
            }
            case FIRST_BYTE_TIMEOUT -> {
                Proxy proxy = start(silent().limits(limits -> limits.firstByteTimeout(SHORT)));
                lab.connect(proxy).send("hello?").expectReset();
                assertNotNull(proxy.stats().backends().get(0).firstByteTime(), "it counts as a slow answer");
                yield proxy;
            }
            case NO_BACKEND -> {
                Proxy proxy = start(lab.proxy());
                lab.connect(proxy).expectReset();
                assertNull(reports.only().backend());
                assertEquals(0, reports.only().attempts());
                yield proxy;
            }
            case BACKENDS_FULL -> {
                // The place is taken by a session of the same proxy that ends in no other way before the test does.
                TestServer server = lab.greeter("a");
                Reports others = new Reports();
                Proxy proxy = lab.start(lab.proxy()
                        .backend(server.backend().maxConnections(1))
                        .observer(new FirstIgnored(reports, others)));
                greeted(proxy);
                lab.connect(proxy).expectReset();
                yield proxy;
            }
            case QUEUE_TIMEOUT -> {
                TestServer server = lab.greeter("a");
                Reports others = new Reports();
                Proxy proxy = lab.start(lab.proxy()
                        .backend(server.backend().maxConnections(1))
                        .limits(limits -> limits.queueCapacity(1).queueTimeout(SHORT))
                        .observer(new FirstIgnored(reports, others)));
                greeted(proxy);
                lab.connect(proxy).expectReset();
                assertTrue(reports.only().queueTime().compareTo(SHORT) >= 0);
                yield proxy;
            }
            case SELECTOR_FAILED -> {
                Proxy proxy = start(greeting().selector((candidates, client) -> {
                    throw new IllegalStateException("thrown by a test");
                }));
                lab.connect(proxy).expectReset();
                yield proxy;
            }
            case IDLE_TIMEOUT -> {
                Proxy proxy = start(greeting().limits(limits -> limits.idleTimeout(SHORT)));
                greeted(proxy).expectEnd();
                assertTrue(reports.only().duration().compareTo(SHORT) >= 0);
                yield proxy;
            }
            case HALF_CLOSE_TIMEOUT -> {
                Proxy proxy = start(silent().limits(limits -> limits.halfCloseTimeout(SHORT)));
                lab.connect(proxy).end().expectReset();
                assertTrue(reports.only().duration().compareTo(SHORT) >= 0);
                yield proxy;
            }
            case MAX_AGE -> {
                Proxy proxy = start(greeting().limits(limits -> limits.maxAge(SHORT)));
                greeted(proxy).expectReset();
                assertTrue(reports.only().duration().toNanos() >= SHORT.toNanos() * 0.9);
                yield proxy;
            }
            case BACKEND_DOWN -> {
                AtomicBoolean well = new AtomicBoolean(true);
                HealthCheck check = HealthCheck.test(backend -> well.get()).interval(SHORT);
                Proxy proxy = start(greeting().healthCheck(check).onBackendDown(SessionPolicy.CUT));
                Client client = greeted(proxy);
                well.set(false);
                client.expectReset();
                yield proxy;
            }
            case REBALANCED -> {
                Proxy proxy = start(greeting().rebalance(Rebalance.perSecond(10).tolerance(0)));
                List<Client> clients = List.of(greeted(proxy), greeted(proxy), greeted(proxy), greeted(proxy));
                for (Client client : clients.subList(1, 4)) {
                    client.ping("busy");
                }
                proxy.backends().add(lab.greeter("b").backend()); // its share is 2, and one more is tolerated
                clients.get(0).expectReset();
                yield proxy;
            }
            case BACKEND_REMOVED -> {
                Proxy proxy = start(greeting());
                Client client = greeted(proxy);
                proxy.backends().remove("a", Duration.ZERO);
                client.expectReset();
                yield proxy;
            }
            case DRAIN_TIMEOUT -> {
                Proxy proxy = start(greeting());
                Client client = greeted(proxy);
                proxy.stop(SHORT);
                client.expectReset();
                yield proxy;
            }
            case INTERNAL_ERROR -> {
                Proxy proxy = start(greeting().selector((candidates, client) -> {
                    throw new InternalError("thrown by a test, standing for a defect");
                }));
                lab.connect(proxy).expectReset();
                yield proxy;
            }
        };
    }

    /** Passes on what becomes of all sessions but the first. */
    private record FirstIgnored(Reports reports, Reports others) implements io.lbkit.ProxyObserver {
        @Override
        public void onConnected(io.lbkit.ConnectionInfo client, Backend backend) {
            others.onConnected(client, backend);
        }

        @Override
        public void onClosed(SessionReport report) {
            (others.connected().containsKey(report.sessionId()) ? others : reports).onClosed(report);
        }
    }

    private Proxy start(ProxyBuilder builder) {
        return lab.start(builder.observer(reports));
    }

    /** In front of a greeter, for clients that are announced. */
    private ProxyBuilder announced() throws Exception {
        return Proxy.builder()
                .name("lab")
                .listen(Listener.on("127.0.0.1", 0).acceptProxy())
                .backend(lab.greeter("a").backend());
    }

    private ProxyBuilder greeting() throws Exception {
        return lab.proxy(lab.greeter("a"));
    }

    private Client greeted(Proxy proxy) throws Exception {
        Client client = lab.connect(proxy);
        assertEquals("a", client.line());
        return client;
    }

    /** In front of a server that reads, says nothing and does not end. */
    private ProxyBuilder silent() throws Exception {
        return lab.proxy(lab.closing(TestServer.keeping("silent", socket -> {})));
    }
}
