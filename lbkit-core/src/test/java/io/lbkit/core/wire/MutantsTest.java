package io.lbkit.core.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.core.wire.ProxyHeader.Versions;
import io.lbkit.core.wire.Reading.State;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The seeds of the fuzz tests, and some hundred thousand inputs made of them. What none may do is in {@link Invariants}. */
class MutantsTest {

    private static final int FEW = 8_000; // at each of their cuts
    private static final int MANY = 100_000; // as a whole

    private static <T> void feed(
            Map<String, byte[]> seeds, Function<byte[], Reading<T>> closely, Function<ByteBuffer, Reading<T>> reader) {
        seeds.forEach(
                (name, seed) -> assertEquals(stateOf(name), apply(closely, seed).state(), name));
        List<byte[]> originals = List.copyOf(seeds.values());
        SplittableRandom random = new SplittableRandom(12);
        Map<State, Integer> seen = new EnumMap<>(State.class);
        for (int i = 0; i < FEW; i++) {
            apply(closely, Mutants.of(originals, random));
        }
        for (int i = 0; i < MANY; i++) {
            byte[] mutant = Mutants.of(originals, random);
            seen.merge(
                    apply(bytes -> reader.apply(ByteBuffer.wrap(bytes)), mutant).state(), 1, Integer::sum);
        }
        for (State state : State.values()) {
            assertTrue(seen.getOrDefault(state, 0) > MANY / 100, "the mutants are " + seen + ", that is no mixture");
        }
    }

    private static <T> Reading<T> apply(Function<byte[], Reading<T>> reader, byte[] bytes) {
        try {
            return reader.apply(bytes);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(HexFormat.of().formatHex(bytes), e);
        }
    }

    /** A seed is called after what is to come of it. */
    private static State stateOf(String name) {
        return switch (name.split("-")[0]) {
            case "bad" -> State.MALFORMED;
            case "other" -> State.OTHER;
            case "cut" -> State.MORE;
            default -> State.DONE;
        };
    }

    @Test
    void lines() {
        feed(
                Seeds.of(ProxyHeaderFuzz.class, "v1"),
                bytes -> Invariants.proxyHeader(bytes, Versions.V1),
                in -> ProxyHeader.read(in, Versions.V1, 4096));
    }

    @Test
    void headers() {
        feed(
                Seeds.of(ProxyHeaderFuzz.class, "v2"),
                bytes -> Invariants.proxyHeader(bytes, Versions.V2),
                in -> ProxyHeader.read(in, Versions.V2, 4096));
    }

    @Test
    void hellos() {
        feed(
                Seeds.of(ClientHelloFuzz.class, "hello"),
                bytes -> Invariants.clientHello(bytes, 2048),
                in -> ClientHello.read(in, 2048));
    }
}
