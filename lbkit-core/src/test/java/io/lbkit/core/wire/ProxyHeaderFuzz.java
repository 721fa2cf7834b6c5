package io.lbkit.core.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lbkit.core.wire.ProxyHeader.Versions;

/**
 * PROXY headers of any bytes, by Jazzer; see the profile {@code fuzz} of this module. Its agent changes classes of the JDK, so it
 * stays out of the build, where {@link MutantsTest} replays the seeds.
 */
class ProxyHeaderFuzz {

    @FuzzTest
    void v1(byte[] bytes) {
        Invariants.proxyHeader(bytes, Versions.V1);
    }

    @FuzzTest
    void v2(byte[] bytes) {
        Invariants.proxyHeader(bytes, Versions.V2);
    }
}
