package io.lbkit.core.health;

import static io.lbkit.core.health.AgentWord.NOT_SAID;

import io.lbkit.core.backend.AgentWish.Duty;
import java.util.Locale;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a line of an agent, in the words of HAProxy's agent checks ({@code agent-check} in its configuration manual): separated by spaces, tabs or commas, in any case, with
 * a reason for people after {@code #}. Of two words for the same thing the later one holds. Any text is read; what means
 * nothing is counted.
 *
 * <p>Owned by the control loop, for one line.
 */
final class AgentText {

    private static final int MOST_WEIGHT = 65535;
    private static final int MOST_DIGITS = 9;

    private int weightPercent = NOT_SAID;
    private int weight = NOT_SAID;
    private int maxConnections = NOT_SAID;
    private @Nullable Duty duty;
    private @Nullable Boolean up;
    private int understood;
    private int misunderstood;

    private AgentText() {}

    static AgentWord read(String line) {
        int hash = line.indexOf('#');
        String words = hash < 0 ? line : line.substring(0, hash);
        String reason = hash < 0 ? "" : line.substring(hash + 1).trim();
        AgentText text = new AgentText();
        StringTokenizer each = new StringTokenizer(words, " \t,");
        while (each.hasMoreTokens()) {
            if (text.on(each.nextToken().toLowerCase(Locale.ROOT))) {
                text.understood++;
            } else {
                text.misunderstood++;
            }
        }
        return new AgentWord(
                text.weightPercent,
                text.weight,
                text.maxConnections,
                text.duty,
                text.up,
                reason,
                text.understood,
                text.misunderstood);
    }

    private boolean on(String word) {
        switch (word) {
            case "ready" -> duty = Duty.READY;
            case "drain" -> duty = Duty.DRAIN;
            case "maint" -> duty = Duty.MAINTENANCE;
            case "up" -> up = true;
            case "down", "fail", "stopped" -> up = false;
            default -> {
                return onNumber(word);
            }
        }
        return true;
    }

    private boolean onNumber(String word) {
        if (word.startsWith("maxconn:")) {
            int read = number(word.substring("maxconn:".length()));
            maxConnections = read == NOT_SAID ? maxConnections : read;
            return read != NOT_SAID;
        }
        String amount = word.startsWith("weight:") ? word.substring("weight:".length()) : word;
        if (amount.endsWith("%")) {
            int read = number(amount.substring(0, amount.length() - 1));
            return read != NOT_SAID && setWeight(read, NOT_SAID);
        }
        int read = amount.equals(word) ? NOT_SAID : number(amount);
        return read != NOT_SAID && read <= MOST_WEIGHT && setWeight(NOT_SAID, read);
    }

    private boolean setWeight(int percent, int absolute) {
        weightPercent = percent;
        weight = absolute;
        return true;
    }

    private static int number(String digits) {
        if (digits.isEmpty() || digits.length() > MOST_DIGITS) {
            return NOT_SAID;
        }
        int number = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c < '0' || c > '9') {
                return NOT_SAID;
            }
            number = 10 * number + c - '0';
        }
        return number;
    }
}
