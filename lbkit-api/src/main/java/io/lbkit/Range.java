package io.lbkit;

import java.time.Duration;
import java.util.Objects;

/** Checks of configuration values; every complaint names the property, the value and the range. Stateless. */
final class Range {

    /** Longest accepted duration; far below the nanosecond overflow of about 292 years. */
    static final Duration LONGEST = Duration.ofDays(3650);

    private Range() {}

    static int of(String property, int value, int least, int most) {
        return (int) of(property, (long) value, least, most);
    }

    static long of(String property, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    property + " is " + value + ", must be between " + least + " and " + most);
        }
        return value;
    }

    /** A duration of at least one millisecond. */
    static Duration time(String property, Duration value) {
        return time(property, value, Duration.ofMillis(1), LONGEST);
    }

    static Duration time(String property, Duration value, Duration least, Duration most) {
        Objects.requireNonNull(value, property);
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    property + " is " + value + ", must be between " + least + " and " + most);
        }
        return value;
    }

    /** A duration of at least one millisecond, or zero, which means off. */
    static Duration timeOrOff(String property, Duration value) {
        Objects.requireNonNull(value, property);
        if (value.isZero()) {
            return value;
        }
        if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    property + " is " + value + ", must be zero (off) or between PT0.001S and " + LONGEST);
        }
        return value;
    }

    /** Whole seconds, at least one, or zero, which leaves it to somebody else. */
    static Duration secondsOrOff(String property, Duration value, int most) {
        Objects.requireNonNull(value, property);
        if (value.isNegative()
                || !value.equals(Duration.ofSeconds(value.toSeconds()))
                || value.compareTo(Duration.ofSeconds(most)) > 0) {
            throw new IllegalArgumentException(property + " is " + value
                    + ", must be zero (left to the system) or whole seconds between PT1S and "
                    + Duration.ofSeconds(most));
        }
        return value;
    }

    /** A duration from zero on. */
    static Duration deadline(String property, Duration value) {
        if (value.isNegative() || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(property + " is " + value + ", must be between PT0S and " + LONGEST);
        }
        return value;
    }

    static String text(String property, String value, int longest) {
        Objects.requireNonNull(value, property);
        if (value.isEmpty() || value.length() > longest || !isPrintable(value)) {
            throw new IllegalArgumentException(property + " is \"" + printable(value) + "\", must be 1 to " + longest
                    + " printable characters without spaces");
        }
        return value;
    }

    private static boolean isPrintable(String text) {
        int c;
        for (int i = 0; i < text.length(); i += Character.charCount(c)) {
            c = text.codePointAt(i);
            if (c == ' ' || !isPrintable(c)) {
                return false;
            }
        }
        return true;
    }

    /** The text on one line, whatever it was: what is not printable is written as in Java source. */
    static String printable(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (isPrintable(c)) {
                line.appendCodePoint(c);
            } else {
                line.append(String.format("\\u%04x", c));
            }
        });
        return line.toString();
    }

    /** Whether a log and a terminal show a character as it is: no line break, no escape, nothing unseen. */
    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> false;
            case Character.SPACE_SEPARATOR -> codePoint == ' ';
            default -> true;
        };
    }
}
