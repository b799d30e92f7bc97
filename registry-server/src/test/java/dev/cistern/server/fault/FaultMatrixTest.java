package dev.cistern.server.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Holds the cache against the table of {@link FaultMatrix}, cell by cell. */
class FaultMatrixTest {

  /** Most cells spend most of their time waiting. */
  private static final int AT_ONCE = 12;

  private static final Path DOCUMENT = Path.of("..", "docs", "faults.md");

  @TempDir Path scratch;

  private final ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);

  @AfterEach
  void endThreads() throws InterruptedException {
    threads.shutdown();
    assertThat(threads.awaitTermination(2, TimeUnit.MINUTES)).isTrue();
  }

  @TestFactory
  List<DynamicNode> clientsGetTheTruth() throws IOException {
    List<DynamicNode> rows = new ArrayList<>();
    for (FaultMatrix.Row row : FaultMatrix.rows()) {
      rows.add(dynamicContainer(row.fault(), cells(row)));
    }
    return rows;
  }

  private List<DynamicTest> cells(FaultMatrix.Row row) throws IOException {
    List<DynamicTest> cells = new ArrayList<>();
    for (Question question : Question.values()) {
      Cell cell = cell(row);
      cells.add(test(question.column(), row.outcomes().get(question), () -> cell.ask(question)));
    }
    Cell cell = cell(row);
    cells.add(test(FaultMatrix.BY_DIGEST, row.byDigest(), cell::askForWhatIsCached));
    return cells;
  }

  private Cell cell(FaultMatrix.Row row) throws IOException {
    return new Cell(
        Faults.named(row.fault()), row.causes(), Files.createTempDirectory(scratch, "cell"));
  }

  /** Starts at once; JUnit comes to look when all have started. */
  private DynamicTest test(String name, String expected, Callable<String> cell) {
    Future<String> outcome = threads.submit(cell);
    return dynamicTest(
        name, () -> assertThat(outcome.get()).isIn(List.of(expected.split(" / ", -1))));
  }

  @Test
  void everyFaultHasItsRow() {
    assertThat(FaultMatrix.rows())
        .extracting(FaultMatrix.Row::fault)
        .containsExactlyElementsOf(Faults.names());
  }

  @Test
  void theTitlesAreTheQuestions() {
    assertThat(FaultMatrix.titles())
        .containsSubsequence(Arrays.stream(Question.values()).map(Question::column).toList())
        .contains(FaultMatrix.BY_DIGEST);
  }

  @Test
  void theDocumentIsTheTable() throws IOException {
    if (Boolean.getBoolean("cistern.docs.write")) {
      Files.writeString(DOCUMENT, FaultMatrix.document());
    }
    assertThat(DOCUMENT)
        .as("to write it anew, run this test with -Dcistern.docs.write=true")
        .hasContent(FaultMatrix.document());
  }
}
