package io.lbkit.examples;

import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Reads every command line, and explains: by a help text, or by a complaint. Stateless. */
final class CliParser {

    private CliParser() {}

    /** Null if help or the version was asked for, and has been printed. */
    static @Nullable CliWords parse(String[] args, PrintStream out) {
        CommandLine line = new CommandLine(CliOptions.spec()).setExpandAtFiles(false); // an @ begins a plain word
        try {
            ParseResult parsed = line.parseArgs(args);
            if (parsed.isUsageHelpRequested()) {
                line.usage(out);
                return null;
            }
            if (parsed.isVersionHelpRequested()) {
                line.printVersionHelp(out);
                return null;
            }
            CliWords words = new CliWords();
            for (OptionSpec option : parsed.matchedOptionsSet()) {
                List<String> typed = option.originalStringValues();
                words.put(option.longestName(), option.getValue(), typed.isEmpty() ? "" : typed.get(typed.size() - 1));
            }
            return words;
        } catch (ParameterException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    static void one(CommandSpec spec, String name, String label, String description) {
        spec.addOption(OptionSpec.builder(name)
                .paramLabel(label)
                .type(Object.class)
                .converters(text -> read(name, text))
                .description(description)
                .build());
    }

    static void list(CommandSpec spec, String name, String label, String description) {
        spec.addOption(list(name, label, description).build());
    }

    static OptionSpec.Builder list(String name, String label, String description) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(List.class)
                .auxiliaryTypes(Object.class)
                .converters(text -> read(name, text))
                .description(description);
    }

    static void flag(CommandSpec spec, String name, String description) {
        spec.addOption(
                OptionSpec.builder(name).arity("0").description(description).build());
    }

    /** Picocli prints what this throws as one line. */
    private static Object read(String name, String text) {
        try {
            return CliWords.read(name, text);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.TypeConversionException(e.getMessage());
        }
    }
}
