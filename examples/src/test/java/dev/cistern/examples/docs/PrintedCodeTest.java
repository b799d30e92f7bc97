package dev.cistern.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The classes that the pages print are those of this module, which compile and are tested. */
class PrintedCodeTest {

  private static final Path PAGES = Path.of("..", "docs");

  @ParameterizedTest
  @CsvSource({
    "embedding.md, src/main/java/dev/cistern/examples/embedded/CopyBlob.java",
    "storage-drivers.md, src/test/java/dev/cistern/examples/striped/StripedDriverContractTest.java"
  })
  void aPagePrintsTheWholeClassWithItsImports(String page, String file) throws IOException {
    String source = Files.readString(Path.of(file));

    assertThat(Files.readString(PAGES.resolve(page)))
        .contains("```java\n" + source.substring(source.indexOf("import ")) + "```\n");
  }
}
