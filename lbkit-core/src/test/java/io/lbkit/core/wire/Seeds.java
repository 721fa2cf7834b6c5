package io.lbkit.core.wire;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The seeds of a fuzz test by their names; they lie where Jazzer looks for them, and where it puts what it finds. Stateless. */
final class Seeds {

    private Seeds() {}

    static SortedMap<String, byte[]> of(Class<?> fuzz, String method) {
        SortedMap<String, byte[]> seeds = new TreeMap<>();
        String place = fuzz.getSimpleName() + "Inputs/" + method;
        try (Stream<Path> files = Files.list(Path.of(fuzz.getResource(place).toURI()))) {
            for (Path file : files.toList()) {
                seeds.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        } catch (URISyntaxException | IOException e) {
            throw new AssertionError(place, e);
        }
        return seeds;
    }
}
