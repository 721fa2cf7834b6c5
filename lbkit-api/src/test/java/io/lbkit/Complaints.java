package io.lbkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.function.Executable;

/** What a wrong value is answered with: property, value and range in one sentence. */
final class Complaints {

    private Complaints() {}

    static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    static void assertNullRefused(String property, Executable call) {
        assertEquals(property, assertThrows(NullPointerException.class, call).getMessage());
    }
}
