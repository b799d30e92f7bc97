package dev.cistern.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.junit.jupiter.api.Test;

class FailureTextTest {

  @Test
  void aFailureIsToldInWordsAndNotByItsClass() {
    assertThat(FailureText.of(new NoSuchFileException("/a"))).isEqualTo("/a does not exist");
    assertThat(FailureText.of(new AccessDeniedException("/a"))).isEqualTo("access to /a is denied");
    assertThat(FailureText.of(new FileAlreadyExistsException("/a"))).isEqualTo("/a exists already");
    assertThat(FailureText.of(new NotDirectoryException("/a"))).isEqualTo("/a is not a directory");
    assertThat(FailureText.of(new DirectoryNotEmptyException("/a")))
        .isEqualTo("the directory /a is not empty");
    assertThat(FailureText.of(new FileSystemException("/a", null, "No space left on device")))
        .isEqualTo("/a: No space left on device");
    assertThat(FailureText.of(new FileSystemException("/a"))).isEqualTo("/a");
    assertThat(FailureText.of(new EOFException("it ends at byte 7")))
        .isEqualTo("it ends at byte 7");
    assertThat(FailureText.of(new ClosedChannelException()))
        .isEqualTo("the file or the connection was closed");
    assertThat(FailureText.of(new UncheckedIOException(new NoSuchFileException("/b"))))
        .isEqualTo("/b does not exist");
  }

  @Test
  void aFaultKeepsItsClass() {
    assertThat(FailureText.of(new IllegalStateException("a bug")))
        .isEqualTo("java.lang.IllegalStateException: a bug");
    assertThat(FailureText.of(new IOException())).isEqualTo("java.io.IOException");
  }
}
