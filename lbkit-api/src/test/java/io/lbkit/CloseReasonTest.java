package io.lbkit;

import static io.lbkit.Party.BACKEND;
import static io.lbkit.Party.BOTH;
import static io.lbkit.Party.CLIENT;
import static io.lbkit.Party.PROXY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Whose doing each end is; dashboards count on it. */
class CloseReasonTest {

    @Test
    void every_reason_has_its_party() {
        Map<CloseReason, Party> expected = new EnumMap<>(CloseReason.class);
        expected.put(CloseReason.COMPLETED, BOTH);
        expected.put(CloseReason.RESET_BY_CLIENT, CLIENT);
        expected.put(CloseReason.RESET_BY_BACKEND, BACKEND);
        expected.put(CloseReason.PRELUDE_TIMEOUT, CLIENT);
        expected.put(CloseReason.PRELUDE_REJECTED, CLIENT);
        expected.put(CloseReason.ACCESS_DENIED, PROXY);
        expected.put(CloseReason.CLIENT_FULL, PROXY);
        expected.put(CloseReason.TOO_FAST, PROXY);
        expected.put(CloseReason.NO_ROUTE, PROXY);
        expected.put(CloseReason.CONNECT_FAILED, BACKEND);
        expected.put(CloseReason.LOCAL_FAILURE, PROXY);
        expected.put(CloseReason.FIRST_BYTE_TIMEOUT, BACKEND);
        expected.put(CloseReason.NO_BACKEND, PROXY);
        expected.put(CloseReason.BACKENDS_FULL, PROXY);
        expected.put(CloseReason.QUEUE_TIMEOUT, PROXY);
        expected.put(CloseReason.SELECTOR_FAILED, PROXY);
        expected.put(CloseReason.IDLE_TIMEOUT, PROXY);
        expected.put(CloseReason.HALF_CLOSE_TIMEOUT, PROXY);
        expected.put(CloseReason.MAX_AGE, PROXY);
        expected.put(CloseReason.BACKEND_DOWN, BACKEND);
        expected.put(CloseReason.BACKEND_REMOVED, PROXY);
        expected.put(CloseReason.REBALANCED, PROXY);
        expected.put(CloseReason.DRAIN_TIMEOUT, PROXY);
        expected.put(CloseReason.INTERNAL_ERROR, PROXY);
        assertEquals(
                expected,
                Arrays.stream(CloseReason.values()).collect(Collectors.toMap(Function.identity(), CloseReason::who)));
    }
}
