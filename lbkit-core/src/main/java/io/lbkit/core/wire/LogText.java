package io.lbkit.core.wire;

/** Makes text from the network fit for a log: on one line, of bounded length, without anything unseen. Stateless. */
public final class LogText {

    private static final int LONGEST = 160;

    private LogText() {}

    /** What is not a printable character is written as in Java source; so are quotes and backslashes. */
    public static String of(String text) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (line.length() > LONGEST) {
                return line.append("...").toString();
            }
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e) {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }
}
