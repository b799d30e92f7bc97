package dev.cistern.proxy.internal.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("1. A record of pieces names only bytes that were written")
class PieceRecordTest {

  private static final int MB = 1 << 20;
  private static final long SIZE = 100L * MB;

  private final Path file;
  private final Path path;
  private final PieceRecord record;

  PieceRecordTest(@TempDir Path directory) {
    file = directory.resolve("sha256-0-1");
    path = directory.resolve("pieces-sha256-0-1");
    record = new PieceRecord(file);
  }

  private static KeptPieces pieces(Runs runs) {
    return KeptPieces.ofWhole(new Pieces(SIZE, runs), Optional.of("\"a tag\""));
  }

  private static KeptPieces pieces(long... ends) {
    Runs runs = new Runs();
    for (int i = 0; i < ends.length; i += 2) {
      runs.add(ends[i], ends[i + 1]);
    }
    return pieces(runs);
  }

  private static List<Long> ends(Runs runs) {
    List<Long> ends = new ArrayList<>();
    runs.forEach(
        (from, to) -> {
          ends.add(from);
          ends.add(to);
        });
    return ends;
  }

  private List<Long> read(long length) throws IOException {
    return new PieceRecord(file)
        .read(length)
        .map(pieces -> ends(pieces.pieces().here()))
        .orElse(List.of());
  }

  @Test
  void whatIsRecordedIsRead() throws IOException {
    record.begin(pieces(0, 10, 20, SIZE));

    KeptPieces read = new PieceRecord(file).read(SIZE).orElseThrow();

    assertThat(ends(read.pieces().here())).containsExactly(0L, 10L, 20L, SIZE);
    assertThat(read.size()).isEqualTo(SIZE);
    assertThat(read.etag()).hasValue("\"a tag\"");
    assertThat(read.areOfWhole()).isTrue();
  }

  @Test
  void whatTheFileDoesNotHaveIsNotRead() throws IOException {
    record.begin(pieces(0, 10, 20, 30, 40, 50));

    assertThat(read(25)).containsExactly(0L, 10L, 20L, 25L);
  }

  @Test
  void afterTheMachineWasStartedOnlyWhatIsBeforeTheFirstGapIsRead() throws IOException {
    new PieceRecord(file, "another start").begin(pieces(0, 10, 20, 30));

    assertThat(read(SIZE)).containsExactly(0L, 10L);
  }

  @Test
  void aSmallChangeIsNotWritten() throws IOException {
    record.update(pieces(0, 10 * MB));
    assertThat(path).doesNotExist();

    record.begin(pieces(0, 10));
    record.begin(pieces(0, 50 * MB));
    record.update(pieces(0, MB));
    assertThat(read(SIZE)).containsExactly(0L, 10L);

    record.update(pieces(0, MB + 10));
    assertThat(read(SIZE)).containsExactly(0L, MB + 10L);
  }

  @Test
  void anEntryThatWasCutIsNotReadAndTheOneBeforeIs() throws IOException {
    record.begin(pieces(0, 10));
    record.replace(pieces(0, 10, 20, 30));
    byte[] whole = Files.readAllBytes(path);
    record.replace(pieces(0, 10, 20, 30, 40, 50));
    byte[] next = Files.readAllBytes(path);
    int start = 64 << 10;
    int end = new String(next, start, next.length - start, UTF_8).length();

    for (int cut = 1; cut < end - 1; cut++) {
      Files.write(path, whole);
      try (FileChannel torn = FileChannel.open(path, StandardOpenOption.WRITE)) {
        torn.write(ByteBuffer.wrap(next, start, cut), start);
      }
      assertThat(read(SIZE)).as("cut at %d", cut).containsExactly(0L, 10L, 20L, 30L);
    }
    Files.write(path, next);
    assertThat(read(SIZE)).containsExactly(0L, 10L, 20L, 30L, 40L, 50L);
  }

  @Test
  void anEntryThatCouldNotBeWrittenCostsNotTheLastGoodOne() throws IOException {
    record.begin(pieces(0, 10));
    record.replace(pieces(0, 10, 20, 30));
    Path aside = path.resolveSibling("aside");
    Files.move(path, aside);
    Files.createDirectory(path);
    assertThatIOException().isThrownBy(() -> record.replace(pieces(0, 20)));
    Files.delete(path);
    Files.move(aside, path);

    record.replace(pieces(0, 20, 30, 40));

    try (FileChannel torn = FileChannel.open(path, StandardOpenOption.WRITE)) {
      torn.write(ByteBuffer.wrap(new byte[] {0}), 64 << 10);
    }
    assertThat(read(SIZE)).containsExactly(0L, 10L, 20L, 30L);
  }

  @Test
  void anEntryOfAnotherVersionSaysNothing() throws IOException {
    String lines = "next\n100\nstart\n\n0-10 \n";
    CRC32 sum = new CRC32();
    sum.update(lines.getBytes(UTF_8));

    Files.writeString(path, lines + Long.toHexString(sum.getValue()) + "\n");

    assertThat(new PieceRecord(file).read(SIZE)).isEmpty();
  }

  @Test
  void aRecordIsContinuedAfterItsFileWasClosed() throws IOException {
    for (int i = 1; i < 6; i++) {
      record.replace(pieces(0, i));
    }

    new PieceRecord(file).replace(pieces());

    assertThat(read(SIZE)).isEmpty();
    assertThat(new PieceRecord(file).read(SIZE)).isPresent();
  }

  @Test
  void runsForWhichThereIsNoRoomAreLeftOut() throws IOException {
    Runs runs = new Runs();
    for (long i = 0; i < 20_000; i++) {
      runs.add(2 * i, 2 * i + 1);
    }

    record.begin(pieces(runs));

    List<Long> read = read(SIZE);
    assertThat(read).hasSizeBetween(5_000, 39_999);
    assertThat(ends(runs)).startsWith(read.toArray(Long[]::new));
    assertThat(Files.size(path)).isLessThanOrEqualTo(128 << 10);
  }

  @Test
  void whatIsNotARecordSaysNothing() throws IOException {
    Random random = new Random(19);
    for (int i = 0; i < 200; i++) {
      byte[] bytes = new byte[random.nextInt(400)];
      random.nextBytes(bytes);
      for (int j = 0; j < bytes.length; j++) {
        bytes[j] = bytes[j] < 0 ? (byte) '\n' : bytes[j];
      }
      Files.write(path, bytes);
      assertThat(new PieceRecord(file).read(SIZE)).isEmpty();
    }
  }

  @Test
  void aDeletedRecordBeginsAnew() throws IOException {
    record.begin(pieces(0, 10 * MB));

    record.delete();

    assertThat(record.exists()).isFalse();
    record.update(pieces(0, 20 * MB));
    assertThat(record.exists()).isFalse();
    record.begin(pieces(0, 1));
    assertThat(read(SIZE)).containsExactly(0L, 1L);
  }
}
