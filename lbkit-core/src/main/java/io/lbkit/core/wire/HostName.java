package io.lbkit.core.wire;

import org.jspecify.annotations.Nullable;

/**
 * Host names as certificates and ClientHellos have them: labels of 1 to 63 letters, digits, hyphens and underscores, 255
 * characters in all, internationalized names in their ASCII form. Stateless.
 */
public final class HostName {

    private static final int MOST = 255;
    private static final int MOST_OF_LABEL = 63;

    private HostName() {}

    /**
     * The name in lower case and without the dot that may end it, so that no two texts mean the same host; null if it is no
     * host name.
     */
    public static @Nullable String of(String text) {
        int length = text.endsWith(".") ? text.length() - 1 : text.length();
        if (text.length() > MOST) {
            return null;
        }
        StringBuilder name = new StringBuilder(length);
        int label = 0;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c == '.') {
                if (label == 0) {
                    return null;
                }
                label = 0;
            } else if (!isOfLabel(c) || ++label > MOST_OF_LABEL) {
                return null;
            }
            name.append(c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c);
        }
        return label == 0 ? null : name.toString();
    }

    private static boolean isOfLabel(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_';
    }
}
