package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.DrainReport;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.sim.SimBacklog.Answer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Who changes the set of backends and stops the proxy while it runs; also who pulls the plugs of servers. */
final class Operator {

    private final Simulation simulation;
    private final SplittableRandom random;
    private final List<CompletableFuture<DrainReport>> drains = new ArrayList<>();
    private int backends;
    private boolean changed;
    private boolean limited;
    private boolean cuts;
    private final Set<String> condemned = new HashSet<>();
    private boolean stopped;
    private long mustEndAt = Long.MAX_VALUE;

    Operator(Simulation simulation, SplittableRandom random) {
        this.simulation = simulation;
        this.random = random;
    }

    /** A backend with a server behind it. */
    Backend newBackend() {
        InetSocketAddress address = new InetSocketAddress("10.2.0." + ++backends, 80);
        Setup setup = simulation.setup;
        int backlog = setup.unreliable() && random.nextInt(3) == 0 ? 1 : 1000;
        simulation.servers.add(new SimServer(
                simulation.network,
                simulation.network.listen(address, backlog),
                () -> Script.random(random, setup.volume(), false, setup.misbehaves(), setup.shortStall()),
                simulation::clientOf));
        simulation.clinic().open(address);
        Backend backend = Backend.of(address)
                .id("b" + backends)
                .weight(random.nextInt(1, 4))
                .zone(backends % 2 == 0 ? "east" : "west")
                .priority(setup.backups() ? random.nextInt(2) : 0);
        if (setup.crowded() || random.nextInt(6) == 0) {
            limited = true;
            return backend.maxConnections(random.nextInt(1, 4));
        }
        return backend;
    }

    /** Does something or nothing; true if it did. */
    boolean act() {
        Setup setup = simulation.setup;
        if (random.nextInt(10) == 0) {
            simulation.flood(random.nextInt(setup.loops()), random.nextInt(80));
            return true;
        }
        if (setup.unreliable() && random.nextBoolean()) {
            pull(simulation.servers.get(random.nextInt(simulation.servers.size())));
            return true;
        }
        if (setup.changes()) {
            change();
            return true;
        }
        return false;
    }

    private void pull(SimServer server) {
        int dice = random.nextInt(6);
        simulation.trace().say(() -> "server " + server.backlog().address() + " " + dice);
        switch (dice) {
            case 0 -> server.kill();
            case 1 -> server.answer(Answer.DROP);
            case 2 -> server.answer(Answer.REFUSE);
            default -> server.answer(Answer.ACCEPT);
        }
    }

    private void change() {
        changed = true;
        String id = "b" + random.nextInt(1, backends + 1);
        Duration deadline = random.nextBoolean() ? null : Duration.ofMillis(random.nextInt(2000));
        int dice = random.nextInt(100);
        simulation.trace().say(() -> "operator " + dice + " " + id + " " + deadline);
        if (dice == 0) {
            stop();
        } else if (dice < 20 && backends < 12) {
            Backend added = newBackend();
            post(table -> table.add(added));
        } else if (dice < 40) {
            int most = random.nextInt(3) == 0 ? random.nextInt(1, 4) : 0;
            limited |= most > 0;
            post(table -> change(table, id, random.nextInt(4), most));
        } else if (dice < 50) {
            post(table -> table.ready(id));
        } else if (dice < 65) {
            boolean up = random.nextInt(3) == 0;
            if (!up) {
                condemned.add(id);
            }
            post(table -> table.pool().current().all().stream()
                    .filter(entry -> entry.backend().id().equals(id))
                    .forEach(entry -> table.onChecked(entry, up, "the dice say so")));
        } else {
            cuts |= deadline != null;
            CompletableFuture<DrainReport> report = new CompletableFuture<>();
            post(table -> {
                if (dice < 80) {
                    table.drain(id, deadline, report);
                } else {
                    table.remove(id, deadline, report);
                }
                drains.add(report);
            });
        }
    }

    /** @param most its limit from now on, or 0 to leave that as it is */
    private static void change(BackendTable table, String id, int weight, int most) {
        Backend changed = table.weight(id, weight);
        if (most > 0) {
            table.update(changed.maxConnections(most));
        }
    }

    private void post(Consumer<BackendTable> change) {
        simulation.post(() -> {
            if (!simulation.isStopped()) {
                try {
                    change.accept(simulation.engine.table());
                } catch (IllegalArgumentException expected) {
                    // no such backend, or it is there already
                }
            }
        });
    }

    /** Asks the proxy to stop; again and again, because a full inbox does not listen. */
    void stop() {
        Duration deadline = random.nextInt(4) == 0 ? Duration.ZERO : Duration.ofMillis(random.nextInt(5000));
        stopped = true;
        simulation.trace().say(() -> "stop within " + deadline);
        simulation.post(() -> {
            simulation.engine.stop(deadline);
            mustEndAt = Math.min(mustEndAt, simulation.network.now() + deadline.toNanos() + 1_000_000_000);
        });
    }

    boolean changed() {
        return changed;
    }

    /** Whether it has ever called a backend down, whatever checks say. */
    boolean hasCondemned(String id) {
        return condemned.contains(id);
    }

    boolean limited() {
        return limited;
    }

    boolean cuts() {
        return cuts;
    }

    boolean stopped() {
        return stopped;
    }

    /** When the proxy must have ended. */
    long mustEndAt() {
        return mustEndAt;
    }

    List<CompletableFuture<DrainReport>> drains() {
        return drains;
    }
}
