package dev.cistern.proxy.internal.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolFileTest {

  private final Path directory;
  private final SpoolFile file;

  SpoolFileTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    file = SpoolFile.open(directory.resolve("sha256-0-1"));
    file.write("hello ".getBytes(UTF_8), 0, 6, 0);
    file.write("(world)".getBytes(UTF_8), 1, 5, 6);
  }

  private String content() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(100);
    int n = file.channel().read(bytes, 0);
    return new String(bytes.array(), 0, n, UTF_8);
  }

  @Test
  void bytesAreReadWhereTheyWereWritten() throws IOException {
    assertThat(content()).isEqualTo("hello world");
    assertThat(file.path()).hasContent("hello world");
  }

  @Test
  void aReadReturnsTheBytesThatExist() throws IOException {
    byte[] target = new byte[20];

    assertThat(file.read(target, 5, 6)).isEqualTo(5);
    assertThat(target).startsWith("world".getBytes(UTF_8));
    assertThat(file.read(target, 20, 6)).isEqualTo(5);
    assertThat(file.read(target, 20, 11)).isZero();
  }

  @Test
  void bytesOfAnEarlierTransferAreRead() throws IOException {
    file.release();

    SpoolFile again = SpoolFile.open(file.path());

    assertThat(again.read(new byte[20], 20, 0)).isEqualTo(11);
    again.release();
  }

  @Test
  void readersKeepReadingAfterTheFileWasRenamed() throws IOException {
    Files.move(file.path(), directory.resolve("data"));

    assertThat(content()).isEqualTo("hello world");
  }

  @Test
  void readersKeepReadingAfterTheFileWasDeleted() throws IOException {
    file.delete();

    assertThat(file.path()).doesNotExist();
    assertThat(content()).isEqualTo("hello world");
  }

  @Test
  void deletingAMissingFileIsNoError() {
    file.delete();
    file.delete();

    assertThat(file.path()).doesNotExist();
  }

  @Test
  void theLastReferenceClosesIt() {
    assertThat(file.retain()).isTrue();
    assertThat(file.retain()).isTrue();

    file.release();
    file.release();
    assertThat(file.channel().isOpen()).isTrue();

    file.release();
    assertThat(file.channel().isOpen()).isFalse();
  }

  @Test
  void aClosedFileCannotBeRetained() {
    file.release();

    assertThat(file.retain()).isFalse();
    assertThat(file.channel().isOpen()).isFalse();
  }
}
