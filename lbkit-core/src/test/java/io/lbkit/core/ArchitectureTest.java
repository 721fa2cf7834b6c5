package io.lbkit.core;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.lbkit.core.backend.Snapshot;
import io.lbkit.core.loop.Clock;
import io.lbkit.core.loop.ErrandThreads;
import io.lbkit.core.loop.LoopThread;
import io.lbkit.core.transport.Transport;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The absences of ARCHITECTURE.md, looked for in the class files of the API and of the engine. */
class ArchitectureTest {

    private static final Path API = module("lbkit-api");
    private static final Path CORE = module("lbkit-core");
    private static final JavaClasses ALL =
            new ClassFileImporter().importPaths(API.resolve("target/classes"), CORE.resolve("target/classes"));

    private static Path module(String name) {
        try {
            URI tests = ArchitectureTest.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI();
            return Path.of(tests).getParent().getParent().resolveSibling(name);
        } catch (java.net.URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void there_is_something_to_look_at() {
        assertTrue(ALL.contain(io.lbkit.Proxy.class) && ALL.contain(Engine.class) && ALL.size() > 80, "" + ALL.size());
        assertTrue(!ALL.contain(ArchitectureTest.class), "tests may do what they want");
    }

    // ---- who may import whom

    /** The packages of the engine, and what each may know besides itself. */
    private static final Map<String, String> KNOWS = Map.ofEntries(
            entry("live", "relay backend loop observe"),
            entry("relay", "admission backend dial loop transport wire observe"),
            entry("health", "backend dial loop transport wire observe"),
            entry("dial", "loop transport"),
            entry("tls", "loop transport observe"),
            entry("backend", "loop observe"),
            entry("loop", "transport"),
            entry("transport.nio", "transport"),
            entry("transport.linux", "transport"),
            entry("transport", ""),
            entry("wire", ""),
            entry("admission", ""),
            entry("observe", ""));

    @Test
    void packages_look_down() {
        KNOWS.forEach((name, known) -> noClasses()
                .that(resideInAnyPackage("io.lbkit.core." + name))
                .should()
                .dependOnClassesThat(describe(
                        "are of the engine, but not of " + name + " " + known,
                        c -> isOfEngine(c)
                                && !name.equals(placeOf(c))
                                && !List.of(known.split(" ")).contains(placeOf(c))))
                .allowEmptyShould(true)
                .check(ALL));
    }

    @Test
    void each_package_has_its_place() {
        classes()
                .that(describe("are of the engine", ArchitectureTest::isOfEngine))
                .should()
                .resideInAnyPackage(Stream.concat(
                                Stream.of("io.lbkit.core"),
                                KNOWS.keySet().stream().map("io.lbkit.core."::concat))
                        .toArray(String[]::new))
                .check(ALL);
    }

    private static boolean isOfEngine(JavaClass type) {
        return (type.getPackageName() + ".").startsWith("io.lbkit.core.");
    }

    private static String placeOf(JavaClass type) {
        return type.getPackageName().replaceFirst("io\\.lbkit\\.core\\.?", "");
    }

    @Test
    void the_api_imports_nothing() {
        classes()
                .that(resideInAnyPackage("io.lbkit", "io.lbkit.selector", "io.lbkit.spi"))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "io.lbkit", "io.lbkit.selector", "io.lbkit.spi", "java..", "javax.net.ssl..", "org.jspecify.."))
                .check(ALL);
    }

    @Test
    void only_its_transport_knows_nio() {
        noClasses()
                .that(not(resideInAnyPackage("io.lbkit.core.transport.nio")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.nio.channels.."))
                .check(ALL);
    }

    @Test
    void only_libc_knows_foreign_memory() {
        noClasses()
                .that(not(belongTo("io.lbkit.core.transport.linux.Libc")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.lang.foreign.."))
                .check(ALL);
    }

    @Test
    void backends_do_not_know_sockets() {
        noClasses()
                .that(resideInAnyPackage("io.lbkit.core.backend.."))
                .should()
                .dependOnClassesThat(describe(
                        "are sockets or their transport",
                        c -> c.getPackageName().startsWith("io.lbkit.core.transport")
                                || c.getPackageName().equals("java.net")
                                        && c.getSimpleName().endsWith("Socket")))
                .check(ALL);
    }

    // ---- time, threads, chance

    @Test
    void only_the_clock_reads_the_time() {
        noClasses()
                .that(not(belongToAnyOf(Clock.class)))
                .should()
                .accessTargetWhere(reaches(System.class, "nanoTime", "currentTimeMillis"))
                .orShould()
                .accessTargetWhere(describe(
                        "asks java.time for the time",
                        access -> access.getTargetOwner().getPackageName().startsWith("java.time")
                                && Set.of("now", "systemUTC", "systemDefaultZone", "system", "instant", "millis")
                                        .contains(access.getName())))
                .check(ALL);
    }

    @Test
    void only_two_classes_make_threads() {
        noClasses()
                .that(not(belongToAnyOf(LoopThread.class, ErrandThreads.class)))
                .should()
                .accessTargetWhere(describe(
                        "makes a thread",
                        access -> access.getTargetOwner().isAssignableTo(Thread.class)
                                && Set.of("<init>", "start", "ofVirtual", "ofPlatform", "startVirtualThread")
                                        .contains(access.getName())))
                .orShould()
                .dependOnClassesThat(describe(
                        "have threads of their own",
                        c -> c.isAssignableTo("java.util.concurrent.Executor")
                                || c.isAssignableTo("java.util.concurrent.Executors")
                                || c.isAssignableTo("java.util.Timer")))
                .check(ALL);
    }

    @Test
    void chance_comes_from_a_seed() {
        noClasses().should().dependOnClassesThat(assignableTo(Random.class)).check(ALL);
        noClasses().should().accessTargetWhere(reaches(Math.class, "random")).check(ALL);
        noClasses()
                // an explanation must not draw from the chance of the loop that gives it
                .that(not(describe("who begins", c -> c.isEquivalentTo(Assembly.class) || isNamed(c, "Explainer"))))
                .should()
                .dependOnClassesThat(type(java.util.SplittableRandom.class))
                .check(ALL);
    }

    // ---- who makes what

    @Test
    void only_the_assembly_makes_a_transport() {
        noClasses()
                .that(not(belongToAnyOf(Assembly.class)))
                .should()
                .callConstructorWhere(describe(
                        "makes a transport", call -> call.getTargetOwner().isAssignableTo(Transport.class)))
                .check(ALL);
    }

    @Test
    void only_the_table_makes_a_snapshot() {
        noClasses()
                // the empty one is its own constant
                .that(not(describe("table", c -> c.isEquivalentTo(Snapshot.class) || isNamed(c, "Publisher"))))
                .should()
                .callConstructorWhere(describe(
                        "makes a snapshot", call -> call.getTargetOwner().isEquivalentTo(Snapshot.class)))
                .check(ALL);
    }

    private static boolean isNamed(JavaClass type, String name) {
        return type.getName().equals("io.lbkit.core.backend." + name);
    }

    // ---- what there is not

    @Test
    void no_class_is_abstract() {
        classes()
                .that(not(describe("interfaces and enums", c -> c.isInterface() || c.isEnum())))
                .should()
                .notHaveModifier(JavaModifier.ABSTRACT)
                .check(ALL);
    }

    @Test
    void no_package_is_a_lumber_room() {
        noClasses()
                .should()
                .resideInAnyPackage("..util..", "..utils..", "..common..", "..impl..", "..helper..", "..misc..")
                .check(ALL);
    }

    @Test
    void nothing_static_changes() {
        fields().that().areStatic().should().beFinal().check(ALL);
        fields().that()
                .areStatic()
                .should()
                .notHaveRawType(describe("can change", ArchitectureTest::canChange))
                .check(ALL);
    }

    private static boolean canChange(JavaClass type) {
        return type.isAssignableTo(Collection.class)
                || type.isAssignableTo(Map.class)
                || type.isAssignableTo(ThreadLocal.class)
                || type.isAssignableTo(StringBuilder.class)
                || type.isAssignableTo("java.nio.Buffer")
                || type.getPackageName().equals("java.util.concurrent.atomic");
    }

    @Test
    void what_is_pure_or_hot_does_not_log() {
        noClasses()
                .that(describe(
                        "are pure or hot",
                        c -> c.getPackageName().startsWith("io.lbkit.core.transport")
                                || c.getPackageName().startsWith("io.lbkit.core.wire")
                                || c.getPackageName().startsWith("io.lbkit.core.admission")
                                || c.getPackageName().startsWith("io.lbkit.selector")
                                || Set.of("Direction", "Carrier", "BufferPool", "CandidateView", "TimerWheel", "Inbox")
                                        .contains(c.getSimpleName())))
                .should()
                .dependOnClassesThat(resideInAnyPackage("org.slf4j..", "java.util.logging.."))
                .check(ALL);
        noClasses()
                .should()
                .accessTargetWhere(reaches(System.class, "out", "err"))
                .check(ALL);
    }

    // ---- what the sources say

    private static final Pattern OWNER = Pattern.compile(
            "Owned by one event\\s+(\\*\\s+)?loop|Owned by the control\\s+(\\*\\s+)?loop|Immutable|Shared; "
                    + "|Not\\s+(\\*\\s+)?thread-safe"); // the builder of the API

    @Test
    void who_has_fields_says_whose_they_are() throws IOException {
        List<String> silent = new ArrayList<>();
        for (JavaClass type : ALL) {
            if (hasFields(type) && !type.isEnum() && !type.isRecord() && type.isTopLevelClass()) {
                if (!OWNER.matcher(headOf(type)).find()) {
                    silent.add(type.getName());
                }
            }
        }
        assertEquals(List.of(), silent, "no word of whose these are, before their declaration");
    }

    private static boolean hasFields(JavaClass type) {
        return type.getFields().stream()
                .map(JavaField::getModifiers)
                .anyMatch(m -> !m.contains(JavaModifier.STATIC) && !m.contains(JavaModifier.SYNTHETIC));
    }

    /** The source up to the declaration of the class. */
    private static String headOf(JavaClass type) throws IOException {
        String file = type.getName().replace('.', '/') + ".java";
        Path source = Stream.of(API, CORE)
                .map(module -> module.resolve("src/main/java").resolve(file))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no source of " + type.getName()));
        String text = Files.readString(source);
        return text.substring(0, text.indexOf(" class " + type.getSimpleName()));
    }

    // ---- the rules themselves

    /** Breaks a few of the rules, so that a rule that finds nothing anywhere is found out. */
    @SuppressWarnings("unused")
    private static final class Sinner {
        private static int changes;

        static long sins() {
            new Thread(() -> {});
            return System.nanoTime() + new Random().nextInt() + changes++;
        }
    }

    @Test
    void a_sinner_is_found() {
        JavaClasses sinner = new ClassFileImporter().importClasses(Sinner.class);
        assertBroken(noClasses().should().dependOnClassesThat(assignableTo(Random.class)), sinner);
        assertBroken(noClasses().should().accessTargetWhere(reaches(System.class, "nanoTime")), sinner);
        assertBroken(fields().that().areStatic().should().beFinal(), sinner);
    }

    private static void assertBroken(ArchRule rule, JavaClasses by) {
        assertThrows(AssertionError.class, () -> rule.check(by), rule::getDescription);
    }

    private static DescribedPredicate<JavaAccess<?>> reaches(Class<?> owner, String... names) {
        return describe(
                "reaches " + owner.getSimpleName() + " " + List.of(names),
                access -> access.getTargetOwner().isEquivalentTo(owner)
                        && List.of(names).contains(access.getName()));
    }

    private static DescribedPredicate<JavaClass> belongTo(String name) {
        return describe(
                "belong to " + name,
                c -> c.getName().equals(name) || c.getName().startsWith(name + "$"));
    }

    private static DescribedPredicate<JavaClass> not(DescribedPredicate<? super JavaClass> that) {
        return describe("not " + that.getDescription(), c -> !that.test(c));
    }
}
