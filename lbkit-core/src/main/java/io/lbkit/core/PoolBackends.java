package io.lbkit.core;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.Backends;
import io.lbkit.DrainReport;
import io.lbkit.Explanation;
import io.lbkit.ProxyConfig;
import io.lbkit.Replacement;
import io.lbkit.SessionPolicy;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.backend.SetChange;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The host's end of a pool: turns calls into commands for the control loop.
 *
 * <p>Immutable.
 */
final class PoolBackends implements Backends {

    private final RunningProxy proxy;
    private final @Nullable String route;
    private final BackendTable table;
    private final SessionPolicy whenDrained;
    private final SessionPolicy whenRemoved;

    /** @param route its name, null for the backends of the proxy itself */
    PoolBackends(RunningProxy proxy, @Nullable String route, BackendTable table, ProxyConfig config) {
        this.proxy = proxy;
        this.route = route;
        this.table = table;
        this.whenDrained = config.onBackendDrained();
        this.whenRemoved = config.onBackendRemoved();
    }

    @Override
    public List<Backend> list() {
        return table.pool().current().all().stream()
                .filter(entry -> entry.state() != BackendState.REMOVED)
                .map(BackendEntry::backend)
                .toList();
    }

    @Override
    public CompletionStage<Explanation> explain(SocketAddress client) {
        return explain(client, null);
    }

    CompletionStage<Explanation> explain(SocketAddress client, @Nullable String serverName) {
        Objects.requireNonNull(client, "client");
        CompletableFuture<Explanation> answer = new CompletableFuture<>();
        SocketAddress listener = proxy.localAddress();
        proxy.ask(answer, () -> answer.complete(table.explain(client, listener, serverName, route)));
        return answer.minimalCompletionStage();
    }

    @Override
    public CompletionStage<Backend> add(Backend backend) {
        Objects.requireNonNull(backend, "backend");
        Backend prepared = proxy.prepare(backend);
        return change(table -> table.add(prepared));
    }

    @Override
    public CompletionStage<Backend> update(Backend backend) {
        Objects.requireNonNull(backend, "backend");
        Backend prepared = proxy.prepare(backend);
        return change(table -> table.update(prepared));
    }

    @Override
    public CompletionStage<Backend> weight(String id, int weight) {
        Objects.requireNonNull(id, "id");
        if (weight < 0 || weight > 65535) {
            throw new IllegalArgumentException("backend weight is " + weight + ", must be between 0 and 65535");
        }
        return change(table -> table.weight(id, weight));
    }

    @Override
    public CompletionStage<Backend> ready(String id) {
        Objects.requireNonNull(id, "id");
        return change(table -> table.ready(id));
    }

    @Override
    public CompletionStage<DrainReport> drain(String id) {
        return leave(id, (table, report) -> table.drain(id, whenDrained.deadline(), report));
    }

    @Override
    public CompletionStage<DrainReport> drain(String id, Duration deadline) {
        RunningProxy.checkDeadline(deadline);
        return leave(id, (table, report) -> table.drain(id, deadline, report));
    }

    @Override
    public CompletionStage<DrainReport> maintenance(String id) {
        return leave(id, (table, report) -> table.maintenance(id, report));
    }

    @Override
    public CompletionStage<DrainReport> remove(String id) {
        return leave(id, (table, report) -> table.remove(id, whenRemoved.deadline(), report));
    }

    @Override
    public CompletionStage<DrainReport> remove(String id, Duration deadline) {
        RunningProxy.checkDeadline(deadline);
        return leave(id, (table, report) -> table.remove(id, deadline, report));
    }

    @Override
    public CompletionStage<Replacement> replaceAll(Collection<Backend> backends) {
        List<Backend> all = List.copyOf(Objects.requireNonNull(backends, "backends"));
        if (all.isEmpty()) {
            throw new IllegalArgumentException(
                    "backends is empty, must have at least one; removeAll() takes all of them out");
        }
        if (Set.copyOf(all).size() < all.size()) {
            throw new IllegalArgumentException("backends are " + all + ", must have different ids");
        }
        List<Backend> prepared = all.stream().map(proxy::prepare).toList();
        SetChange wanted = table.change(prepared);
        return change(table -> table.replaceAll(wanted));
    }

    @Override
    public CompletionStage<Replacement> removeAll() {
        SetChange nobody = table.change(List.of());
        return change(table -> table.replaceAll(nobody));
    }

    private CompletionStage<DrainReport> leave(
            String id, BiConsumer<BackendTable, CompletableFuture<DrainReport>> change) {
        Objects.requireNonNull(id, "id");
        CompletableFuture<DrainReport> report = new CompletableFuture<>();
        proxy.ask(report, () -> change.accept(table, report));
        return report.minimalCompletionStage();
    }

    private <T> CompletionStage<T> change(Function<BackendTable, T> change) {
        CompletableFuture<T> done = new CompletableFuture<>();
        proxy.ask(done, () -> {
            T changed = change.apply(table);
            table.then(() -> done.complete(changed));
        });
        return done.minimalCompletionStage();
    }
}
