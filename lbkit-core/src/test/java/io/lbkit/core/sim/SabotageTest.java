package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.lbkit.core.relay.Planted;
import io.lbkit.core.relay.Relay;
import io.lbkit.core.relay.Waits;
import io.lbkit.core.relay.Waits.Wait;
import io.lbkit.core.tls.TlsEndpoint;
import io.lbkit.core.tls.TlsSight;
import io.lbkit.core.transport.Endpoint;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Plants bugs between engine and network and proves that the simulation notices each of them soon. */
class SabotageTest {

    private static final int SEEDS = 40;

    private static void isCaught(String complaint, Supplier<Sabotage> bug) {
        isCaught(complaint, 1, bug);
    }

    /** @param first of the seeds, where not many have what the bug is about */
    private static void isCaught(String complaint, long first, Supplier<Sabotage> bug) {
        for (long seed = first; seed < first + SEEDS; seed++) {
            try {
                Run.of(seed, bug.get(), Trace.OFF);
            } catch (Throwable caught) {
                assertTrue(
                        String.valueOf(caught.getMessage()).contains(complaint),
                        () -> "caught, but not for what it is: " + caught);
                return;
            }
        }
        fail(SEEDS + " seeds did not notice");
    }

    @Test
    void a_lost_end_of_stream() {
        isCaught("an end is not passed on", () -> new Sabotage() {
            private int ends;

            @Override
            public boolean losesEnd(SimEndpoint endpoint) {
                return ++ends % 4 == 0;
            }
        });
    }

    @Test
    void a_permit_given_back_twice() {
        isCaught("permits", () -> new Sabotage() {
            private final Set<Pair> seen = new HashSet<>();

            @Override
            public void afterStep(Simulation simulation) {
                for (Pair pair : simulation.pairs) {
                    if (pair.report != null && seen.add(pair) && seen.size() % 4 == 0) {
                        simulation.engine.permits().giveBack();
                    }
                }
            }
        });
    }

    @Test
    void a_place_in_a_backend_released_twice() {
        isCaught("places in", () -> new Sabotage() {
            private final Set<Pair> seen = new HashSet<>();

            @Override
            public void afterStep(Simulation simulation) {
                for (Pair pair : simulation.pairs) {
                    if (pair.report != null && pair.report.backend() != null && seen.add(pair)) {
                        simulation.engine.table().pool().current().all().get(0).release();
                    }
                }
            }
        });
    }

    @Test
    void a_place_handed_over_and_given_back_as_well() {
        isCaught("places in", () -> new Sabotage() {
            private final Set<Object> seen = new HashSet<>();

            @Override
            public void afterStep(Simulation simulation) {
                for (Relay relay : simulation.engine.relays()) {
                    for (Wait wait : Waits.in(relay)) {
                        if (wait.granted() != null && seen.add(wait.ticket())) {
                            wait.granted().release();
                        }
                    }
                }
            }
        });
    }

    @Test
    void somebody_who_waits_and_is_forgotten() {
        isCaught("in the line", () -> new Sabotage() {
            @Override
            public void afterStep(Simulation simulation) {
                try {
                    Planted.forgetFirst(simulation.engine.line());
                } catch (ReflectiveOperationException e) {
                    throw new AssertionError(e);
                }
            }
        });
    }

    @Test
    void two_bytes_in_the_wrong_order() {
        isCaught("is wrong at", () -> new Sabotage() {
            private int writes;

            @Override
            public void onWrite(SimEndpoint endpoint, ByteBuffer bytes) {
                if (bytes.remaining() > 1 && ++writes % 50 == 0) {
                    int at = bytes.position();
                    byte first = bytes.get(at);
                    bytes.put(at, bytes.get(at + 1)).put(at + 1, first);
                }
            }
        });
    }

    @Test
    void the_first_byte_after_a_header_lost() {
        isCaught("is wrong at", () -> new Sabotage() {
            private Simulation run;

            @Override
            public void afterStep(Simulation simulation) {
                run = simulation;
            }

            @Override
            public int onRead(SimEndpoint endpoint, ByteBuffer bytes, int n) {
                int head = endpoint.isAccepted() && run != null ? run.headOf(endpoint) : 0;
                long before = endpoint.socket().bytesRead() - n;
                int at = (int) (head - before); // of the first byte after the header, in what was read
                if (head == 0 || at < 0 || at >= n) {
                    return n;
                }
                int first = bytes.position() - n + at;
                for (int i = first + 1; i < bytes.position(); i++) {
                    bytes.put(i - 1, bytes.get(i));
                }
                bytes.position(bytes.position() - 1);
                return n - 1;
            }
        });
    }

    @Test
    void a_header_that_announces_somebody_else() {
        isCaught("header", () -> new Sabotage() {
            @Override
            public void onWrite(SimEndpoint endpoint, ByteBuffer bytes) {
                boolean first = !endpoint.isAccepted()
                        && !endpoint.isProbe()
                        && endpoint.socket().written() == 0;
                if (first && bytes.remaining() > 16 && bytes.get(bytes.position()) == '\r') {
                    bytes.put(bytes.position() + 16, (byte) 9);
                }
            }
        });
    }

    @Test
    void a_buffer_never_given_back() {
        isCaught("buffers out", () -> new Sabotage() {
            private final Set<Pair> seen = new HashSet<>();

            @Override
            public void afterStep(Simulation simulation) {
                for (Pair pair : simulation.pairs) {
                    if (pair.report != null && seen.add(pair) && seen.size() == 3) {
                        Planted.leakBuffer(simulation.engine.relays().get(0));
                    }
                }
            }
        });
    }

    @Test
    void a_forgotten_timer() {
        isCaught("no deadline for", () -> new Sabotage() {
            private int steps;

            @Override
            public void afterStep(Simulation simulation) {
                if (++steps % 20 != 0) {
                    return;
                }
                for (int i = 0; i < simulation.loops.size(); i++) {
                    for (SimEndpoint endpoint : simulation.transports.get(i).endpoints()) {
                        try {
                            Planted.forgetTimer(simulation.loops.get(i), endpoint.owner());
                            return;
                        } catch (ReflectiveOperationException e) {
                            throw new AssertionError(e);
                        }
                    }
                }
            }
        });
    }

    @Test
    void a_check_that_asks_nonsense() {
        isCaught("well, and found to be down", 101, () -> new Sabotage() {
            @Override
            public void onWrite(SimEndpoint endpoint, ByteBuffer bytes) {
                if (endpoint.isProbe()) {
                    for (int i = bytes.position(); i < bytes.limit(); i++) {
                        bytes.put(i, (byte) 'x');
                    }
                }
            }
        });
    }

    @Test
    void a_check_without_a_deadline() {
        isCaught("no deadline for probe", () -> new Sabotage() {
            @Override
            public void afterStep(Simulation simulation) {
                for (int i = 0; i < simulation.loops.size(); i++) {
                    for (SimEndpoint endpoint : simulation.transports.get(i).endpoints()) {
                        if (endpoint.isProbe()) {
                            try {
                                Planted.forgetTimer(simulation.loops.get(i), endpoint.owner());
                            } catch (ReflectiveOperationException e) {
                                throw new AssertionError(e);
                            }
                        }
                    }
                }
            }
        });
    }

    @Test
    void a_limit_of_bandwidth_that_forgets_what_was_moved() {
        isCaught("too fast", () -> new Sabotage() {
            @Override
            public void afterStep(Simulation simulation) {
                try {
                    for (Relay relay : simulation.engine.relays()) {
                        Planted.fillBuckets(relay);
                    }
                } catch (ReflectiveOperationException e) {
                    throw new AssertionError(e);
                }
            }
        });
    }

    @Test
    void write_interest_that_stays_when_all_is_written() {
        isCaught("interest nobody wants", () -> new Sabotage() {
            @Override
            public int onInterest(SimEndpoint endpoint, int operations) {
                return operations | endpoint.interest() & Endpoint.WRITE;
            }
        });
    }

    @Test
    void read_interest_while_what_comes_has_nowhere_to_go() {
        isCaught("interest nobody wants", () -> new Sabotage() {
            @Override
            public int onInterest(SimEndpoint endpoint, int operations) {
                return endpoint.isConnected() && !endpoint.isProbe() ? operations | Endpoint.READ : operations;
            }
        });
    }

    @Test
    void write_interest_that_stays_when_a_record_of_TLS_is_written() {
        isCaught("interest nobody wants", 181, () -> new Sabotage() {
            @Override
            public int onInterest(SimEndpoint endpoint, int operations) {
                boolean secret = endpoint.handler() instanceof TlsEndpoint && endpoint.isConnected();
                return secret ? operations | endpoint.interest() & Endpoint.WRITE : operations;
            }
        });
    }

    @Test
    void a_line_that_takes_nobody() {
        isCaught("although there is room in the line", () -> new Sabotage() {
            @Override
            public void afterStep(Simulation simulation) {
                try {
                    Planted.closeLine(simulation.engine.line());
                } catch (ReflectiveOperationException e) {
                    throw new AssertionError(e);
                }
            }
        });
    }

    @Test
    void a_cut_in_TLS_that_looks_like_an_end() {
        isCaught("shows as", 181, () -> new Sabotage() {
            @Override
            public boolean endsInstead(SimEndpoint endpoint) {
                boolean cut = endpoint.handler() instanceof TlsEndpoint layer && layer.session() != null;
                if (cut) {
                    SimSocket socket = endpoint.socket();
                    ByteBuffer sealed = TlsSight.closeNotify((TlsEndpoint) endpoint.handler());
                    socket.write(sealed, sealed.remaining());
                    socket.shutdownOutput();
                }
                return cut;
            }
        });
    }
}
