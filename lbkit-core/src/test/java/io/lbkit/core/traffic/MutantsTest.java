package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.CloseReason;
import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.Route;
import io.lbkit.Tls;
import io.lbkit.core.relay.Relay;
import io.lbkit.core.sim.Logged;
import io.lbkit.core.tls.Pki;
import io.lbkit.core.wire.ClientHello;
import io.lbkit.core.wire.Mutants;
import io.lbkit.core.wire.ProxyHeader;
import io.lbkit.core.wire.ProxyHeader.Versions;
import io.lbkit.core.wire.Reading.State;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.event.Level;

/**
 * Nearly right PROXY headers and ClientHellos over real sockets, cut in two anywhere, by clients that then end their stream:
 * what is wrong reaches no backend, what is right does byte for byte, and what is logged and reported is printable, whatever it
 * was. {@code -Dlbkit.mutants=N} sends N times as many.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MutantsTest {

    private static final int MANY = 500 * Integer.getInteger("lbkit.mutants", 1);
    private static final int FEW = 100 * Integer.getInteger("lbkit.mutants", 1);
    private static final int AT_ONCE = 25;
    private static final int MOST_HEADER_BYTES = 16 << 10;

    @RegisterExtension
    final Lab lab = new Lab();

    @TempDir
    Path folder;

    private final SplittableRandom random = new SplittableRandom(7);
    private final Reports reports = new Reports();

    /**
     * Sends mutants to a proxy before servers that echo.
     *
     * @param arrives what of a mutant a backend has to see; null for none of it, not even a connection
     */
    private void feed(
            int count,
            Supplier<byte[]> mutants,
            Function<byte[], byte[]> arrives,
            ProxyBuilder builder,
            TestServer... servers)
            throws IOException {
        Proxy proxy = lab.start(builder.name("lab").observer(reports));
        int right = 0;
        for (int sent = 0; sent < count; sent += AT_ONCE) {
            List<byte[]> batch = Stream.generate(mutants).limit(AT_ONCE).toList();
            List<Client> clients = new ArrayList<>();
            for (byte[] mutant : batch) {
                clients.add(sendInTwo(Client.to(proxy), mutant));
            }
            for (int i = 0; i < AT_ONCE; i++) {
                byte[] seen = arrives.apply(batch.get(i));
                right += seen == null ? 0 : 1;
                try (Client client = clients.get(i)) {
                    byte[] back = allFrom(client);
                    if (seen != null) {
                        assertArrayEquals(seen, back, () -> HexFormat.of().formatHex(batch.get(0)));
                    }
                }
            }
        }
        reports.awaitClosed(count);
        assertEquals(right, Stream.of(servers).mapToInt(TestServer::accepted).sum(), "right ones, and no others");
        assertEquals(right, proxy.stats().closed(CloseReason.COMPLETED));
        assertEquals(count - right, proxy.stats().closed(CloseReason.PRELUDE_REJECTED));
    }

    private Client sendInTwo(Client client, byte[] mutant) {
        int at = random.nextInt(mutant.length + 1);
        try {
            OutputStream out = client.socket().getOutputStream();
            out.write(mutant, 0, at);
            out.write(mutant, at, mutant.length - at);
            client.end();
        } catch (IOException reset) {
            // The first piece was wrong enough.
        }
        return client;
    }

    /** Everything until an end or a reset. */
    private static byte[] allFrom(Client client) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            client.socket().getInputStream().transferTo(all);
        } catch (IOException reset) {
            // So much for that.
        }
        return all.toByteArray();
    }

    private void assertPrintable(String log) {
        List<String> lines = log.lines().toList();
        assertEquals(
                reports.closed().size(),
                lines.stream().filter(line -> line.contains(" session=")).count());
        Stream.concat(lines.stream(), reports.closed().stream().map(Object::toString))
                .forEach(line -> assertTrue(line.chars().allMatch(c -> c >= 0x20 && c < 0x7f), line));
    }

    private interface Work {
        void run() throws Exception;
    }

    private static String logOf(Work work) {
        return Logged.by(Relay.class, Level.DEBUG, () -> {
            try {
                work.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void proxy_headers() throws Exception {
        TestServer server = lab.server("echo", TestServer::echo);
        String log = logOf(() -> feed(
                MANY,
                Mutants.ofProxyHeaders(random),
                mutant -> {
                    ProxyHeader header = ProxyHeader.read(ByteBuffer.wrap(mutant), Versions.BOTH, MOST_HEADER_BYTES)
                            .value();
                    return header == null ? null : Arrays.copyOfRange(mutant, header.length(), mutant.length);
                },
                Proxy.builder()
                        .listen(Listener.on("127.0.0.1", 0).acceptProxy())
                        .backend(server.backend()),
                server));
        assertPrintable(log);
    }

    @Test
    void hellos_that_go_through() throws Exception {
        TestServer named = lab.server("named", TestServer::echo);
        TestServer other = lab.server("other", TestServer::echo);
        String log = logOf(() -> feed(
                MANY,
                Mutants.ofClientHellos(random),
                mutant -> ClientHello.read(ByteBuffer.wrap(mutant), ClientHello.MOST_BYTES)
                                        .state()
                                == State.MALFORMED
                        ? null
                        : mutant,
                Proxy.builder()
                        .listen("127.0.0.1", 0)
                        .route(Route.named("named").serverName("*.example").backend(named.backend()))
                        .backend(other.backend()),
                named,
                other));
        assertPrintable(log);
        assertTrue(named.accepted() > 0 && other.accepted() > 0, "the mutants are no mixture");
    }

    /** None of them can end its handshake, right or wrong. */
    @Test
    void hellos_where_tls_ends() throws Exception {
        TestServer server = lab.server("echo", TestServer::echo);
        Pki.Issued issued = new Pki("root").issue("a.example");
        Tls tls = Tls.pem(
                Pki.file(folder, "chain.pem", issued.certificatePem()), Pki.file(folder, "key.pem", issued.keyPem()));
        String log = logOf(() -> feed(
                FEW,
                Mutants.ofClientHellos(random),
                mutant -> null,
                Proxy.builder().listen(Listener.on("127.0.0.1", 0).tls(tls)).backend(server.backend()),
                server));
        assertPrintable(log);
    }
}
