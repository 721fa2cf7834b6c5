package io.lbkit.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lbkit.Backend;
import io.lbkit.Tls;
import io.lbkit.core.loop.Clock;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.observe.LoopCounters;
import io.lbkit.core.tls.Pki;
import io.lbkit.core.traffic.Lab;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.Transport;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long the files of a backend's TLS are remembered. */
class TlsWiringTest {

    private final EventLoop loop =
            new EventLoop(0, Clock.SYSTEM, idle(Transport.class), new SplittableRandom(1), 4, () -> true);
    private final TlsWiring wiring = new TlsWiring(
            io.lbkit.Proxy.builder().listen("127.0.0.1", 0).config(),
            List.of(loop),
            List.of(new LoopCounters()),
            work -> true);

    private static <T> T idle(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (p, m, a) -> null));
    }

    private void dial(Backend backend) throws IOException {
        Endpoint below = idle(Endpoint.class);
        wiring.connect(loop, backend, "", owner -> below, new byte[0], (endpoint, readable, writable) -> {});
    }

    private void expectRemembered(int count) {
        Lab.patiently().until(() -> {
            System.gc();
            return wiring.remembered() == count;
        });
    }

    private static Backend backend() {
        return Backend.of("127.0.0.1", 1).tls(Tls.client().verify(false));
    }

    @Test
    void a_backend_that_is_dialled_after_its_removal_is_forgotten_all_the_same() throws Exception {
        dial(backend()); // which no table has
        assertEquals(1, wiring.remembered());
        expectRemembered(0);
    }

    @Test
    void one_that_was_prepared_and_never_added_is_forgotten() {
        wiring.prepare(backend(), 0);
        assertEquals(1, wiring.remembered());
        expectRemembered(0);
    }

    @Test
    void the_files_of_one_that_somebody_has_are_read_once(@TempDir Path folder) throws Exception {
        Path trusted = Pki.file(folder, "ca.crt", new Pki("root").pem());
        Backend kept = Backend.of("127.0.0.1", 1).tls(Tls.client().trust(trusted));
        wiring.prepare(kept, loop.nowNanos());
        wiring.prepare(backend(), 0);
        Files.delete(trusted);
        expectRemembered(1);
        dial(kept);
        assertThrows(
                IllegalArgumentException.class,
                () -> dial(backend().tls(Tls.client().trust(trusted))));
    }
}
