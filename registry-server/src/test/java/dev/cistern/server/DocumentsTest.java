package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages of the project: what they point to is there. */
class DocumentsTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final Set<String> SKIPPED = Set.of("target", ".git", ".idea", "node_modules");

  private static final int MOST_WORDS = 900;

  private static final Pattern LINK = Pattern.compile("\\[[^]]*]\\(([^)\\s]+)\\)");
  private static final Pattern CODE_BLOCK = Pattern.compile("(?ms)^ *```.*?^ *```$");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} (.+)$");
  private static final Pattern TEST_METHOD = Pattern.compile("`([A-Z]\\w+Test)\\.(\\w+)`");

  private static final Pattern TEST_CLASS = Pattern.compile("`(\\w+(?:Test|Contract))`");

  static List<Path> pages() throws IOException {
    return files(".md");
  }

  private static List<Path> files(String suffix) throws IOException {
    try (Stream<Path> tree = Files.walk(ROOT)) {
      return tree.filter(file -> file.toString().endsWith(suffix))
          .filter(DocumentsTest::isOurs)
          .sorted()
          .toList();
    }
  }

  private static boolean isOurs(Path file) {
    for (Path part : ROOT.relativize(file)) {
      if (SKIPPED.contains(part.toString())) {
        return false;
      }
    }
    return true;
  }

  @ParameterizedTest
  @MethodSource("pages")
  void whatAPageLinksToIsThere(Path page) throws IOException {
    List<String> broken =
        LINK.matcher(withoutCode(page))
            .results()
            .map(link -> link.group(1))
            .filter(link -> !isThere(page, link))
            .toList();

    assertThat(broken).isEmpty();
  }

  private static boolean isThere(Path page, String link) {
    URI target = URI.create(link);
    if (target.isAbsolute()) {
      // Of other machines; no test needs the network.
      return true;
    }
    Path file = target.getPath().isEmpty() ? page : page.resolveSibling(target.getPath());
    return Files.exists(file)
        && (target.getFragment() == null || anchors(file).contains(target.getFragment()));
  }

  /** The names that GitHub gives to the headings of a page. */
  private static Set<String> anchors(Path page) {
    return HEADING
        .matcher(withoutCode(page))
        .results()
        .map(heading -> anchor(heading.group(1)))
        .collect(Collectors.toSet());
  }

  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\w\\- ]", "").replace(' ', '-');
  }

  private static String withoutCode(Path page) {
    try {
      return CODE_BLOCK.matcher(Files.readString(page)).replaceAll("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theReadmeIsShort() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));

    assertThat(readme.strip().split("\\s+").length).isLessThanOrEqualTo(MOST_WORDS);
  }

  @Test
  void theReadmeHasTheNumberOfRowsOfTheFaultTable() throws IOException {
    List<String> table =
        Files.readAllLines(ROOT.resolve("docs/faults.md")).stream()
            .filter(line -> line.startsWith("|"))
            .toList();

    // Two rows are the head.
    assertThat(Files.readString(ROOT.resolve("README.md")))
        .contains("for " + (table.size() - 2) + " faults of an upstream");
  }

  @Test
  void theTestsOfTheRulesExist() throws IOException {
    Set<String> classes =
        files(".java").stream()
            .map(file -> file.getFileName().toString().replace(".java", ""))
            .collect(Collectors.toSet());

    assertThat(testsNamedIn(ROOT.resolve("docs/design.md")))
        .isNotEmpty()
        .allSatisfy(test -> assertThat(classes.contains(test)).as(test + " exists").isTrue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/specification.md", "docs/reports.md"})
  void theTestsThatAPageNamesExist(String name) throws IOException {
    Map<String, String> tests = new HashMap<>();
    for (Path file : files("Test.java")) {
      // Classes of two modules may have the same name.
      String test = file.getFileName().toString().replace(".java", "");
      tests.merge(test, Files.readString(file), String::concat);
    }
    Path page = ROOT.resolve(name);

    assertThat(testsNamedIn(page)).isNotEmpty().isSubsetOf(tests.keySet());
    assertThat(TEST_METHOD.matcher(Files.readString(page)).results())
        .isNotEmpty()
        .allSatisfy(
            test -> assertThat(tests.get(test.group(1))).contains(" void " + test.group(2) + "("));
  }

  private static Set<String> testsNamedIn(Path page) throws IOException {
    return TEST_CLASS
        .matcher(Files.readString(page))
        .results()
        .map((MatchResult name) -> name.group(1))
        .collect(Collectors.toSet());
  }
}
