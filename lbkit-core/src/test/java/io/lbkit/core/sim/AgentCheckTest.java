package io.lbkit.core.sim;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.AgentCheck;
import io.lbkit.AgentStats;
import io.lbkit.BackendState;
import io.lbkit.BackendStats;
import io.lbkit.HealthCheck;
import io.lbkit.core.sim.Patient.Mood;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Agents beside two backends, in virtual time. */
class AgentCheckTest {

    private static final AgentCheck AGENTS = AgentCheck.port(9999);

    private final SimNetwork network = Ward.network(7);
    private final List<Patient> servers = Ward.patients(network, 2);
    private final Patient agent = agentOf(servers.get(0));
    private final Patient other = agentOf(servers.get(1));
    private final Ward ward = ward(null);

    private Ward ward(HealthCheck check) {
        Ward made = new Ward(network, servers, check, AGENTS, 2, 1);
        made.patients.addAll(List.of(agent, other));
        return made;
    }

    private Patient agentOf(Patient server) {
        InetSocketAddress address = new InetSocketAddress(server.address.getAddress(), 9999);
        return new Patient(network, "agent of " + server.id, address).answers("", "ready up\n", "", true);
    }

    /** The agent of the first backend says something until it says something else. */
    private BackendStats says(String line) {
        agent.answers("", line + "\n", "", true);
        ward.pass(ofSeconds(6));
        assertEquals(BackendState.UP, ward.stats(servers.get(1)).state(), "the other is not concerned");
        return ward.stats(servers.get(0));
    }

    @Test
    void a_weight_is_a_part_of_the_configured_one_or_another_one() {
        ward.tell(() -> ward.engine.table().weight("b1", 40));
        assertEquals(40, says("ready").weight());
        assertEquals(30, says("75%").weight());
        assertEquals(30, says("up").weight(), "what is not mentioned stays");
        assertEquals(7, says("weight:7").weight());
        ward.tell(() -> ward.engine.table().weight("b1", 80));
        assertEquals(40, says("50%").weight());
        assertEquals(80, says("100%").weight());
        assertEquals(80, ward.stats(servers.get(0)).backend().weight(), "the configured one is the host's");
        assertEquals(BackendState.DRAINING, says("0%").state());
        assertEquals(BackendState.UP, says("100%").state());
    }

    @Test
    void an_agent_drains_and_maintains_and_only_it_reverts_that() {
        assertEquals(BackendState.DRAINING, says("drain").state());
        assertEquals(BackendState.DRAINING, says("up 50%").state(), "not reverted by other words");
        ward.tell(() -> ward.engine.table().ready("b1"));
        assertEquals(BackendState.DRAINING, ward.stats(servers.get(0)).state(), "nor by the host");
        assertEquals(BackendState.MAINTENANCE, says("maint#kernel update").state());
        assertEquals("kernel update", ward.stats(servers.get(0)).why());
        assertEquals(BackendState.UP, says("ready").state());
    }

    @Test
    void an_agent_does_not_revert_what_others_said() {
        ward.pass(ofSeconds(6));
        ward.tell(() -> ward.engine.table().drain("b1", null, new CompletableFuture<>()));
        assertEquals(BackendState.DRAINING, says("ready up 100%").state());
        ward.tell(() -> ward.engine.table().ready("b1"));
        assertEquals(BackendState.UP, ward.stats(servers.get(0)).state());
    }

    @Test
    void an_agent_says_down_and_up() {
        BackendStats down = says("down#disk full");
        assertEquals(BackendState.DOWN, down.state());
        assertEquals("disk full", down.why());
        assertEquals(BackendState.DOWN, says("ready 80%").state());
        assertEquals(BackendState.UP, says("up").state());
        assertEquals(BackendState.DOWN, says("stopped").state());
        assertEquals(List.of("b1 DOWN", "b1 UP", "b1 DOWN"), ward.changes);
    }

    @Test
    void an_agent_that_cannot_be_reached_changes_nothing() {
        for (Mood mood : List.of(Mood.SILENT, Mood.FROZEN, Mood.UNREACHABLE, Mood.REFUSING)) {
            says("drain 50%");
            agent.feels(mood);
            ward.pass(ofMinutes(1));
            assertEquals(BackendState.DRAINING, ward.stats(servers.get(0)).state(), mood.toString());
            agent.feels(Mood.WELL);
            assertEquals(BackendState.UP, says("ready").state());
        }
        AgentStats stats = ward.stats(servers.get(0)).agent();
        assertTrue(stats.unreachable() >= 40 && stats.unreachable() <= 52, stats.toString());
    }

    @Test
    void words_that_mean_nothing_are_counted_and_ignored() {
        says("drain");
        AgentStats before = ward.stats(servers.get(0)).agent();
        assertEquals(BackendState.DRAINING, says("GET / HTTP/1.1").state());
        AgentStats after = ward.stats(servers.get(0)).agent();
        assertEquals(before.answers(), after.answers());
        assertTrue(after.misunderstood() >= before.misunderstood() + 3);
        assertEquals("GET / HTTP/1.1", after.last());
    }

    @Test
    void agents_and_checks_have_to_agree_that_a_backend_is_well() {
        SimNetwork own = Ward.network(8);
        List<Patient> patients = Ward.patients(own, 1);
        Patient server = patients.get(0);
        Patient itsAgent = new Patient(own, "agent", new InetSocketAddress(server.address.getAddress(), 9999))
                .answers("", "up\n", "down\n", true);
        Ward both = new Ward(own, patients, HealthCheck.http("/health"), AGENTS, 1, 1);
        both.patients.add(itsAgent);
        both.pass(ofSeconds(20));
        assertEquals(BackendState.UP, both.stats(server).state());
        itsAgent.feels(Mood.UNWELL);
        both.pass(ofSeconds(6));
        assertEquals(BackendState.DOWN, both.stats(server).state());
        server.feels(Mood.UNWELL);
        both.pass(ofSeconds(20));
        itsAgent.feels(Mood.WELL);
        both.pass(ofSeconds(6));
        assertEquals(BackendState.DOWN, both.stats(server).state());
        server.feels(Mood.WELL);
        both.pass(ofSeconds(20));
        assertEquals(BackendState.UP, both.stats(server).state());
    }

    @Test
    void questions_to_agents_leave_in_order_and_leave_nothing() {
        ward.pass(ofMinutes(1));
        assertTrue(agent.visits.size() > 8);
        assertEquals(0, agent.resets() + other.resets());
        for (int step = 0; step < 20; step++) {
            agent.feels(Mood.values()[step % Mood.values().length]);
            ward.pass(ofMillis(1730));
        }
        ward.tell(() -> ward.engine.stop(ofSeconds(1)));
        assertTrue(ward.hasEnded());
        assertEquals(0, ward.endpoints());
        ward.pass(ofMinutes(1));
        assertEquals(0, agent.resets() + other.resets());
    }
}
