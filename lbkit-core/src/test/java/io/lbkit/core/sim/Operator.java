package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.BackendSource;
import io.lbkit.DrainReport;
import io.lbkit.Explanation;
import io.lbkit.core.backend.AgentWish;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.backend.SetChange;
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
    /** A backend whose sessions are cut at some time. */
    private record Leaving(String id, long dueAt, CompletableFuture<DrainReport> report) {}

    private final List<CompletableFuture<DrainReport>> drains = new ArrayList<>();
    private final List<Leaving> leaving = new ArrayList<>();
    private final List<Backend> backends = new ArrayList<>();
    private BackendSource.Sink source;
    private boolean sourceClosed;
    private int changes;
    private int published;
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
        int number = backends.size() + 1;
        InetSocketAddress address = new InetSocketAddress("10.2.0." + number, 80);
        Setup setup = simulation.setup;
        int backlog = setup.unreliable() && random.nextInt(3) == 0 ? 1 : 1000;
        simulation.servers.add(new SimServer(
                simulation.network,
                simulation.network.listen(address, backlog),
                () -> Script.random(random, setup.volume(), false, setup.misbehaves(), setup.shortStall()),
                simulation::pairAt,
                simulation.secrets()::ofServer));
        simulation.clinic().open(address);
        Backend backend = Backend.of(address)
                .id("b" + number)
                .weight(random.nextInt(1, 4))
                .zone(number % 2 == 0 ? "east" : "west");
        if (setup.crowded() || random.nextInt(6) == 0) {
            limited = true;
            backend = backend.maxConnections(random.nextInt(1, 4));
        }
        if (setup.tiered() && random.nextInt(3) == 0) {
            backend = backend.priority(random.nextInt(1, 3));
        }
        backend = simulation.secrets().backend(simulation.edge().backend(backend));
        backends.add(backend);
        return backend;
    }

    /** As the source of backends. */
    AutoCloseable begin(BackendSource.Sink sink) {
        source = sink;
        return () -> sourceClosed = true;
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
        if (random.nextBoolean()) {
            changeHealth();
            return;
        }
        String id = someId();
        Duration deadline = random.nextBoolean() ? null : Duration.ofMillis(random.nextInt(2000));
        int dice = random.nextInt(100);
        simulation.trace().say(() -> "operator " + dice + " " + id + " " + deadline);
        if (dice == 0) {
            stop();
        } else if (dice < 20 && backends.size() < 12) {
            Backend added = newBackend();
            post(table -> table.add(added));
        } else if (dice < 40) {
            int most = random.nextInt(3) == 0 ? random.nextInt(1, 4) : 0;
            limited |= most > 0;
            post(table -> change(table, id, random.nextInt(4), most));
        } else if (dice < 50) {
            post(table -> table.ready(id));
        } else {
            cuts |= deadline != null;
            CompletableFuture<DrainReport> report = new CompletableFuture<>();
            post(table -> {
                if (dice < 75) {
                    table.drain(id, deadline, report);
                } else {
                    table.remove(id, deadline, report);
                }
                drains.add(report);
                if (deadline != null) {
                    leaving.add(new Leaving(id, simulation.network.now() + deadline.toNanos(), report));
                }
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

    private String someId() {
        return "b" + random.nextInt(1, backends.size() + 1);
    }

    /** What is not the host's step by step: checks, agents, whole sets, and a question now and then. */
    private void changeHealth() {
        String id = someId();
        int dice = random.nextInt(16);
        simulation.trace().say(() -> "health " + dice + " " + id);
        switch (dice) {
            case 0, 1, 2 -> {
                condemned.add(id);
                post(table -> on(table, id, entry -> table.onChecked(entry, false, "refused")));
            }
            case 3, 4, 5 -> post(table -> on(table, id, entry -> table.onChecked(entry, true, "")));
            case 6, 7 -> {
                AgentWish wish = wish();
                limited |= wish.maxConnections() < Backend.UNLIMITED;
                condemned.add(id);
                post(table -> on(table, id, entry -> table.onAgent(entry, wish)));
            }
            case 8 ->
                post(table -> {
                    CompletableFuture<DrainReport> report = new CompletableFuture<>();
                    table.maintenance(id, report);
                    drains.add(report);
                });
            case 9 -> {
                Backend changed = backends.get(random.nextInt(backends.size())).weight(random.nextInt(4));
                post(table -> table.update(setupAllows(changed)));
            }
            case 10 -> {
                SetChange change = simulation.table().change(someSet()); // others may come in between
                post(table -> table.replaceAll(change));
            }
            case 11 -> source.onBackends(someSet());
            case 12 -> source.onFailure("out of order");
            case 13 -> source.onBackends(List.of());
            default -> post(this::ask);
        }
    }

    private Backend setupAllows(Backend backend) {
        return simulation.setup.tiered() ? backend.priority(random.nextInt(3)) : backend;
    }

    private AgentWish wish() {
        AgentWish wish = switch (random.nextInt(5)) {
            case 0 -> AgentWish.NONE.duty(AgentWish.Duty.DRAIN);
            case 1 -> AgentWish.NONE.duty(AgentWish.Duty.MAINTENANCE);
            case 2 -> AgentWish.NONE.health(false, "busy");
            default -> AgentWish.NONE;
        };
        return random.nextBoolean() ? wish.percent(random.nextInt(200)) : wish.maxConnections(random.nextInt(1, 4));
    }

    private List<Backend> someSet() {
        List<Backend> set = new ArrayList<>();
        for (Backend backend : backends) {
            if (random.nextInt(3) > 0) {
                set.add(backend.weight(random.nextInt(1, 4)));
            }
        }
        return set;
    }

    private void ask(BackendTable table) {
        InetSocketAddress anybody = new InetSocketAddress("10.1.0.1", 1);
        Explanation answer = table.explain(anybody, anybody, null, null);
        Backend chosen = answer.chosen();
        Audit.check(
                chosen == null
                        || answer.backends().stream()
                                .anyMatch(verdict ->
                                        verdict.candidate() && verdict.backend().equals(chosen)),
                "chosen, but no candidate: ",
                answer);
    }

    private static void on(BackendTable table, String id, Consumer<BackendEntry> change) {
        table.pool().current().all().stream()
                .filter(entry -> entry.backend().id().equals(id))
                .forEach(change);
    }

    private void post(Consumer<BackendTable> change) {
        simulation.post(() -> {
            if (!simulation.isStopped()) {
                try {
                    change.accept(simulation.table());
                } catch (IllegalArgumentException expected) {
                    // no such backend, or it is there already
                }
                int number = ++changes;
                simulation.table().then(() -> Audit.equal("change told of", ++published, number));
            }
        });
    }

    void atEnd() {
        drains.forEach(drain -> Audit.check(drain.isDone(), "a drain without a report"));
        Audit.equal("changes told of", changes, published);
        Audit.check(sourceClosed, "the source was not closed");
    }

    /** Asks the proxy to stop; again and again, because a full inbox does not listen. */
    void stop() {
        Duration deadline = random.nextInt(4) == 0 ? Duration.ZERO : Duration.ofMillis(random.nextInt(5000));
        stopped = true;
        simulation.trace().say(() -> "stop within " + deadline);
        simulation.post(() -> {
            simulation.engine.stop(deadline);
            mustEndAt = Math.min(mustEndAt, simulation.network.now() + deadline.toNanos());
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

    /** Whether the sessions of a backend have had their time, as it was told. */
    boolean mayCut(String id) {
        long now = simulation.network.now();
        return leaving.stream().anyMatch(left -> left.id.equals(id) && left.dueAt <= now);
    }

    /** Whose sessions should have been cut before a time, or null if nobody's. */
    String mustCut(long before) {
        return leaving.stream()
                .filter(left -> left.dueAt < before && !left.report.isDone())
                .map(Leaving::id)
                .findFirst()
                .orElse(null);
    }

    boolean stopped() {
        return stopped;
    }

    /** When the proxy must end, and no session before. */
    long mustEndAt() {
        return mustEndAt;
    }
}
