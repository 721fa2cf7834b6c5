package io.lbkit.core.sim;

import io.lbkit.core.backend.BackendTable;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** What a class logs while some work is done; other tests are quiet about that. */
public final class Logged {

    private Logged() {}

    /** What the table of backends logs at INFO and above. */
    static String by(Runnable work) {
        return by(BackendTable.class, Level.INFO, work);
    }

    /** What a class logs at a level and above. */
    public static String by(Class<?> who, Level level, Runnable work) {
        PrintStream stderr = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, false, StandardCharsets.UTF_8));
        Logger logger = LoggerFactory.getLogger(who);
        int before = level(logger, level.toInt());
        try {
            work.run();
        } finally {
            level(logger, before);
            System.err.flush();
            System.setErr(stderr);
        }
        return log.toString(StandardCharsets.UTF_8);
    }

    /** slf4j-simple has no other way to change a level once a logger is made. */
    private static int level(Logger logger, int level) {
        try {
            Field field = logger.getClass().getDeclaredField("currentLogLevel");
            field.setAccessible(true);
            int before = field.getInt(logger);
            field.setInt(logger, level);
            return before;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
