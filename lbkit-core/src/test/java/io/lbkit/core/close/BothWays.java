package io.lbkit.core.close;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * A story of {@code (Stage stage, Side a, Side b)}, told four times: on the simulated network and over real sockets, with
 * <i>a</i> as the client and with <i>a</i> as the backend.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}")
@ArgumentsSource(Stages.BothWays.class)
@interface BothWays {}
