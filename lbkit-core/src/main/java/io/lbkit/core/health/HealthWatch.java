package io.lbkit.core.health;

import io.lbkit.AgentCheck;
import io.lbkit.HealthCheck;
import io.lbkit.ProxyConfig;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a proxy does to know how its backends are: the checks that were configured, and what they need on each loop.
 *
 * <p>Owned by the control loop.
 */
public final class HealthWatch {

    private final EventLoop control;
    private final List<Prober> probers;
    private final @Nullable HealthMonitor checks;
    private final @Nullable AgentMonitor agents;

    /**
     * @param loops the control loop first
     * @param table told of what is found; it has no backends yet
     */
    public HealthWatch(
            ProxyConfig config, List<EventLoop> loops, Errands errands, SecureDialer secure, BackendTable table) {
        control = loops.get(0);
        HealthCheck check = config.healthCheck();
        AgentCheck agent = config.agentCheck();
        long addressDelayNanos = config.limits().addressDelay().toNanos();
        probers = check == null && agent == null
                ? List.of()
                : loops.stream()
                        .map(loop -> new Prober(loop, addressDelayNanos))
                        .toList();
        checks = check == null
                ? null
                : new HealthMonitor(config.name(), check, control, probers, errands, secure, table);
        agents = agent == null ? null : new AgentMonitor(config.name(), agent, control, probers, table);
        if (checks != null) {
            table.watch(checks);
        }
        if (agents != null) {
            table.watch(agents);
        }
    }

    /** The first backends are in the table; those that come later do not wait long for their first check. */
    public void start() {
        if (checks != null) {
            checks.start();
        }
        if (agents != null) {
            agents.start();
        }
    }

    /** Ends all checks, on all loops. */
    public void stop() {
        assert control.isCurrent();
        if (checks != null) {
            checks.stop();
        }
        if (agents != null) {
            agents.stop();
        }
        for (Prober prober : probers) {
            control.send(prober.loop(), prober::stop);
        }
    }

    /** How many questions are under way, those that only have to be closed included. */
    public int inFlight() {
        return (checks == null ? 0 : checks.inFlight()) + (agents == null ? 0 : agents.inFlight());
    }

    /** What checks on each loop; nobody if there is nothing to check. */
    public List<Prober> probers() {
        return probers;
    }
}
