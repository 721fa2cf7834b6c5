package io.lbkit.core.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** ClientHellos of any bytes, by Jazzer; as {@link ProxyHeaderFuzz}. */
class ClientHelloFuzz {

    @FuzzTest
    void hello(byte[] bytes) {
        Invariants.clientHello(bytes, 2048);
    }
}
