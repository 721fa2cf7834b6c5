package io.lbkit.core.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.Proxy;
import io.lbkit.core.traffic.Lab;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PostgreSQL and Redis behind lbkit, under the load of their own benchmarks: not one error. */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServerPeerIT {

    @RegisterExtension
    final Lab lab = new Lab();

    @TempDir
    Path folder;

    private Proxy before(Program server) {
        return lab.start(Proxy.builder().name("lab").listen("127.0.0.1", 0).backend(Backend.of(server.address())));
    }

    private String run(List<String> command, String... options) throws Exception {
        return Program.run(
                folder, Stream.concat(command.stream(), Arrays.stream(options)).toList());
    }

    private static void assertUnharmed(Proxy proxy) {
        List.of(CloseReason.RESET_BY_BACKEND, CloseReason.CONNECT_FAILED, CloseReason.INTERNAL_ERROR)
                .forEach(reason -> assertEquals(0, proxy.stats().closed(reason), reason::name));
    }

    private Program postgres() throws Exception {
        // Whoever the server runs as has to come into this folder.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path data = folder.resolve("data");
        run(Program.notAsRoot(
                "postgres", Program.find("initdb"), "-D", data.toString(), "-A", "trust", "-U", "postgres", "-N"));
        InetSocketAddress at = Program.free(Program.HOST);
        return lab.closing(Program.serve(
                folder,
                at,
                Program.notAsRoot(
                        "postgres",
                        Program.find("postgres"),
                        "-D",
                        data.toString(),
                        "-h",
                        Program.HOST,
                        "-p",
                        String.valueOf(at.getPort()),
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "fsync=off")));
    }

    @Test
    void pgbench_by_long_sessions_and_by_one_for_each_transaction() throws Exception {
        Proxy proxy = before(postgres());
        List<String> pgbench = List.of(
                Program.find("pgbench"), "-h", "127.0.0.1", "-p", String.valueOf(proxy.port()), "-U", "postgres");
        run(pgbench, "-i", "-q", "postgres");
        String sessions = run(pgbench, "-n", "-c", "8", "-j", "2", "-t", "500", "postgres");
        assertTrue(sessions.contains("transactions actually processed: 4000/4000"), sessions);
        String one = run(pgbench, "-n", "-c", "8", "-j", "2", "-t", "20", "-C", "postgres");
        assertTrue(one.contains("transactions actually processed: 160/160"), one);
        assertTrue(proxy.stats().accepted() >= 160, "a session for each transaction");
        assertUnharmed(proxy);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-P 1", "-P 16", "-k 0"})
    void redis_benchmark(String how) throws Exception {
        InetSocketAddress at = Program.free(Program.HOST);
        Program redis = lab.closing(Program.serve(
                folder,
                at,
                List.of(
                        Program.find("redis-server"),
                        "--bind",
                        Program.HOST,
                        "--port",
                        String.valueOf(at.getPort()),
                        "--save",
                        "",
                        "--dir",
                        folder.toString())));
        Proxy proxy = before(redis);
        List<String> benchmark =
                List.of(Program.find("redis-benchmark"), "-h", "127.0.0.1", "-p", String.valueOf(proxy.port()));
        int requests = how.equals("-k 0") ? 2000 : 20_000; // a connection for each request, or fifty for all
        String[] options = (how + " -c 50 -n " + requests + " -t set,get,lpush,lrange_100 --csv").split(" ");
        String said = run(benchmark, options);
        assertFalse(said.contains("rror"), said);
        assertTrue(said.contains("\"LRANGE_100"), said);
        assertUnharmed(proxy);
    }
}
