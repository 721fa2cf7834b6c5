package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TlsTerminationTest {

    @Test
    void a_client_of_tls_is_served_by_a_server_in_the_clear() throws Exception {
        assertEquals(List.of("over TLS: server"), TlsTermination.run());
    }
}
