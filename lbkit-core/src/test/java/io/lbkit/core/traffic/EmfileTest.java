package io.lbkit.core.traffic;

import static io.lbkit.core.traffic.Lab.patiently;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A process that has run out of descriptors: whoever is connected stays so, whoever calls waits, and nothing spins. The
 * proxy runs in a process of its own, with few descriptors.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class EmfileTest {

    private static final int DESCRIPTORS = 256;
    private static final int NEWCOMERS = 50;
    private static final long DROUGHT_NANOS =
            TimeUnit.MILLISECONDS.toNanos(Boolean.getBoolean("lbkit.big") ? 4000 : 1000);

    @RegisterExtension
    final Lab lab = new Lab();

    /** The process, whose standard streams are its control. */
    private static final class Child implements AutoCloseable {
        private final Process process;
        private final PrintWriter orders;
        private final BufferedReader answers;

        Child(TestServer backend) throws IOException {
            process = new ProcessBuilder(
                            "sh",
                            "-c",
                            "ulimit -n " + DESCRIPTORS + " && exec \"$@\"",
                            "sh",
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Descriptors.class.getName(),
                            String.valueOf(backend.address().getPort()))
                    .redirectErrorStream(true)
                    .start();
            orders = new PrintWriter(process.outputWriter(), true);
            answers = new BufferedReader(new InputStreamReader(process.getInputStream()));
        }

        /** What it says after this word. */
        String[] answer(String word) throws IOException {
            StringBuilder said = new StringBuilder();
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.startsWith(word + " ")) {
                    return line.substring(word.length() + 1).split(" ");
                }
                said.append(line).append('\n');
            }
            return fail("no answer \"" + word + "\" but\n" + said);
        }

        String[] ask(String order, String word) throws IOException {
            orders.println(order);
            return answer(word);
        }

        @Override
        public void close() throws IOException {
            orders.close();
            answers.close();
            process.destroyForcibly();
        }
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void nobody_is_lost_and_nothing_spins() throws Exception {
        Child child = lab.closing(new Child(lab.greeter("a")));
        int port = Integer.parseInt(child.answer("port")[0]);
        InetSocketAddress proxy = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port);
        Client old = lab.connect(proxy);
        old.line();
        old.ping("before");

        child.ask("exhaust", "exhausted");
        long begun = System.nanoTime();
        List<Client> newcomers = new ArrayList<>();
        for (int i = 0; i < NEWCOMERS; i++) {
            newcomers.add(lab.connect(proxy).send("newcomer " + i + "\n"));
        }
        patiently().pollInterval(Duration.ofMillis(50)).until(() -> {
            old.ping("during");
            return System.nanoTime() - begun >= DROUGHT_NANOS;
        });
        String[] figures = child.ask("release", "released");
        long relieved = System.nanoTime();
        for (int i = 0; i < NEWCOMERS; i++) {
            newcomers.get(i).line();
            assertEquals("newcomer " + i, newcomers.get(i).line());
        }
        long served = System.nanoTime() - relieved;
        old.ping("after");

        long drought = Long.parseLong(figures[0]);
        double busy = Long.parseLong(figures[1]) / (double) drought;
        int failures = Integer.parseInt(figures[2]);
        System.out.printf(
                "no descriptors for %.1f s: loops busy %.1f %% of one processor, %d accepts failed; %d newcomers served"
                        + " %.0f ms after it%n",
                drought / 1e9, 100 * busy, failures, NEWCOMERS, served / 1e6);
        assertTrue(failures > 0, "there was a drought");
        assertTrue(busy < 0.03, () -> "loops busy for " + busy + " of the time");
        assertTrue(served < 1_500_000_000L, () -> "served after " + served / 1e6 + " ms");
    }
}
