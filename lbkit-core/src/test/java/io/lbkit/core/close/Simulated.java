package io.lbkit.core.close;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

/** A story of {@code (Stage stage, Side client, Side server)} that needs what only a simulated network can do. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Tag("one-way")
@ParameterizedTest(name = "{0}")
@ArgumentsSource(Stages.Simulated.class)
@interface Simulated {}
