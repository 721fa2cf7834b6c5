package io.lbkit.core.traffic;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lbkit.Backend;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.ProxyState;
import io.lbkit.ProxyStats;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Makes the servers, proxies and clients of a test, closes them after it, and looks for what they left behind: threads,
 * descriptors, buffers, places that were not given back, sessions without a reason.
 *
 * <p>Shared; the collections are concurrent.
 */
public final class Lab implements BeforeEachCallback, AfterEachCallback {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Deque<Proxy> proxies = new ConcurrentLinkedDeque<>();
    private final Deque<AutoCloseable> things = new ConcurrentLinkedDeque<>();
    private int descriptorsBefore;

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        begin();
    }

    /** Counts what is there already. */
    public void begin() throws IOException {
        // The JDK opens a socket for its own use with the first one of ours and keeps it.
        SocketChannel.open().close();
        descriptorsBefore = descriptors();
    }

    /** A server on 127.0.0.1 that says its name, then echoes. */
    public TestServer greeter(String name) throws IOException {
        return server(name, TestServer.greeter(name));
    }

    /** A server on 127.0.0.1. */
    public TestServer server(String name, TestServer.Script script) throws IOException {
        return closing(TestServer.on("127.0.0.1", name, script));
    }

    /** A proxy on 127.0.0.1 in front of some servers. */
    public ProxyBuilder proxy(TestServer... servers) {
        ProxyBuilder builder = Proxy.builder().name("lab").listen("127.0.0.1", 0);
        for (TestServer server : servers) {
            builder.backend(server.backend());
        }
        return builder;
    }

    public Proxy start(ProxyBuilder builder) {
        Proxy proxy = builder.start();
        proxies.add(proxy);
        return proxy;
    }

    public Client connect(Proxy proxy) throws IOException {
        return closing(Client.to(proxy));
    }

    public Client connect(SocketAddress address) throws IOException {
        return closing(Client.to(address));
    }

    /** One whose port is taken, so that nobody else gets it, and where nobody listens. */
    public Backend refusing() throws IOException {
        Socket bound = closing(new Socket());
        bound.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
        return Backend.of(bound.getLocalSocketAddress());
    }

    /** Something to be closed after the test. */
    public <T extends AutoCloseable> T closing(T thing) {
        things.push(thing);
        return thing;
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        end();
    }

    /** Closes everything and looks for what is left. */
    public void end() throws Exception {
        Deque<Proxy> stopped = new ArrayDeque<>(proxies);
        for (Proxy proxy : stopped) {
            proxy.stop(Duration.ZERO).toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            proxy.close(); // waits for the threads
        }
        for (AutoCloseable thing : things) {
            thing.close();
        }
        proxies.clear();
        things.clear();
        assertAll(stopped.stream().map(proxy -> () -> audit(proxy)));
        patiently().alias("threads that are left").until(Lab::loopThreads, List::isEmpty);
        patiently()
                .alias("descriptors that are left, at first " + descriptorsBefore)
                .until(Lab::descriptors, now -> now <= descriptorsBefore);
    }

    private static void audit(Proxy proxy) {
        ProxyStats stats = proxy.stats();
        assertAll(
                proxy.toString(),
                () -> assertEquals(ProxyState.CLOSED, stats.state()),
                () -> assertEquals(0, stats.active(), "sessions"),
                () -> assertEquals(0, stats.buffersInUse(), "buffers in use"),
                () -> assertEquals(
                        stats.accepted(),
                        stats.closed().values().stream().mapToLong(n -> n).sum(),
                        "each session has one reason"),
                () -> assertEquals(
                        stats.accepted(),
                        stats.loops().stream().mapToLong(n -> n).sum(),
                        "each has one loop"),
                () -> stats.backends().forEach(b -> assertEquals(0, b.active(), "places taken of " + b.backend())));
    }

    /** Waits as long as a loaded machine may need, and looks often. */
    public static ConditionFactory patiently() {
        return await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
    }

    /** The threads of all proxies that run. */
    public static List<Thread> loopThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains("-loop-"))
                .toList();
    }

    /** How many sockets, pollers and pipes this process has open; 0 where that cannot be told. */
    public static int descriptors() {
        int count = 0;
        try (DirectoryStream<Path> links = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path link : links) {
                count += isOurs(link) ? 1 : 0;
            }
        } catch (IOException e) {
            return 0;
        }
        return count;
    }

    private static boolean isOurs(Path link) {
        try {
            String to = Files.readSymbolicLink(link).toString();
            return to.startsWith("socket:") || to.startsWith("anon_inode:") || to.startsWith("pipe:");
        } catch (IOException e) {
            return false; // closed since it was listed
        }
    }
}
