package io.lbkit.core.health;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Feeds an answer to judges, in pieces. */
final class Pieces {

    private Pieces() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The outcome of an answer that is followed by the end of the stream, cut at some places; null if cut by none. */
    static Outcome outcome(Judge judge, byte[] answer, int... cuts) {
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : answer.length;
            Outcome outcome = judge.onBytes(ByteBuffer.wrap(answer, from, to - from));
            if (outcome != null) {
                return outcome;
            }
            from = to;
        }
        return judge.onEnd();
    }

    /** The outcomes of an answer that comes whole, byte by byte, and in two pieces cut at every place. */
    static List<Outcome> everyWay(Supplier<Judge> judges, byte[] answer) {
        List<Outcome> outcomes = new ArrayList<>();
        outcomes.add(outcome(judges.get(), answer));
        int[] everywhere = new int[answer.length];
        for (int i = 0; i < answer.length; i++) {
            everywhere[i] = i;
            outcomes.add(outcome(judges.get(), answer, i));
        }
        outcomes.add(outcome(judges.get(), answer, everywhere));
        return outcomes;
    }

    /** The one outcome that an answer has whichever way it comes. */
    static Outcome only(Supplier<Judge> judges, byte[] answer) {
        List<Outcome> outcomes = everyWay(judges, answer).stream().distinct().toList();
        if (outcomes.size() != 1) {
            throw new AssertionError("different outcomes of \"" + new String(answer, StandardCharsets.ISO_8859_1)
                    + "\" in different pieces: " + outcomes);
        }
        return outcomes.get(0);
    }

    static String describe(Outcome outcome) {
        return outcome.verdict() + " " + outcome.why();
    }
}
