package dev.cistern.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class PasswordFileTest {

  private final AuthThreads threads = new AuthThreads();
  private final Path path;

  PasswordFileTest(@TempDir Path directory) {
    path = directory.resolve("htpasswd");
  }

  @AfterEach
  void stop() {
    threads.close();
  }

  private PasswordFile open(String content) throws IOException {
    Files.writeString(path, content);
    return PasswordFile.open("auth.htpasswd.path", path, threads);
  }

  private static BasicCredentials login(String user, String password) {
    return new BasicCredentials(user, password.getBytes(StandardCharsets.UTF_8));
  }

  /** As the two checks that a change needs. */
  private static void checkTwice(PasswordFile file) {
    file.check();
    file.check();
  }

  @Test
  void knowsTheRightPasswordAndNoOther() throws IOException {
    PasswordFile file = open(Hashes.line("alice", "pässword") + Hashes.line("bob", "b"));

    assertThat(file.verify(login("alice", "pässword"))).isTrue();
    assertThat(file.verify(login("alice", "passwort"))).isFalse();
    assertThat(file.verify(login("alice", "b"))).isFalse();
    assertThat(file.verify(login("carol", "b"))).isFalse();
    assertThat(file.verify(login("", ""))).isFalse();
  }

  @Test
  void aDirectoryHasNoUsers() throws IOException {
    Files.createDirectory(path);
    PasswordFile file = PasswordFile.open("auth.htpasswd.path", path, threads);

    assertThat(file.verify(login("alice", "a"))).isFalse();
    assertThat(file.verify(login("", ""))).isFalse();
  }

  @Test
  void aDirectoryIsToldOnceAndMayBecomeAFile() throws IOException {
    Logger log = (Logger) LoggerFactory.getLogger("dev.cistern.server.auth");
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    logged.start();
    log.addAppender(logged);
    log.setLevel(Level.WARN);
    try {
      Files.createDirectory(path);
      PasswordFile file = PasswordFile.open("auth.htpasswd.path", path, threads);
      checkTwice(file);
      assertThat(logged.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .containsExactly(
              "auth.htpasswd.path: "
                  + path
                  + " is a directory, so no user can log in. Write users to a file with htpasswd -B"
                  + " and set auth.htpasswd.path to it, or remove the section auth");

      Files.delete(path);
      Files.writeString(path, Hashes.line("alice", "a"));
      checkTwice(file);
      assertThat(file.verify(login("alice", "a"))).isTrue();
    } finally {
      log.setLevel(null);
      log.detachAppender(logged);
    }
  }

  @Test
  void remembersARightPasswordOnlyUntilTheFileChanges() throws IOException {
    PasswordFile file = open(Hashes.line("alice", "a"));
    CredentialKey key = CredentialKey.of(login("alice", "a"));
    assertThat(file.hasVerified(key)).isFalse();

    assertThat(file.verify(login("alice", "a"))).isTrue();
    assertThat(file.verify(login("alice", "wrong"))).isFalse();
    assertThat(file.hasVerified(key)).isTrue();
    assertThat(file.hasVerified(CredentialKey.of(login("alice", "wrong")))).isFalse();

    Files.writeString(path, Hashes.line("alice", "new"));
    checkTwice(file);

    assertThat(file.hasVerified(key)).isFalse();
    assertThat(file.verify(login("alice", "a"))).isFalse();
    assertThat(file.verify(login("alice", "new"))).isTrue();
  }

  @Test
  void takesNoContentThatIsStillBeingWritten() throws IOException {
    PasswordFile file = open(Hashes.line("alice", "a"));

    Files.writeString(path, "");
    file.check();
    Files.writeString(path, Hashes.line("bob", "b"));
    file.check();
    assertThat(file.verify(login("alice", "a"))).isTrue();

    file.check();
    assertThat(file.verify(login("alice", "a"))).isFalse();
    assertThat(file.verify(login("bob", "b"))).isTrue();
  }

  @Test
  void keepsTheUsersWhenTheFileIsNotReadableAnyMore() throws IOException {
    PasswordFile file = open(Hashes.line("alice", "a"));

    Files.delete(path);
    checkTwice(file);
    assertThat(file.verify(login("alice", "a"))).isTrue();

    Files.createDirectory(path);
    checkTwice(file);
    assertThat(file.verify(login("alice", "a"))).isTrue();
  }

  @Test
  void afterItsLastLineWasRemovedNobodyCanLogIn() throws IOException {
    PasswordFile file = open(Hashes.line("alice", "a"));

    Files.writeString(path, "# no users\n");
    checkTwice(file);

    assertThat(file.verify(login("alice", "a"))).isFalse();
  }

  @Test
  void aFileThatDoesNotExistIsAnErrorForTheOperator() {
    assertThatThrownBy(() -> PasswordFile.open("auth.htpasswd.path", path, threads))
        .hasMessage(
            "auth.htpasswd.path: " + path + " does not exist; create it, or name another file");
  }

  @Test
  void theFileIsReadAgainWithoutARequest() throws Exception {
    PasswordFile file = open(Hashes.line("alice", "a"));
    Files.writeString(path, Hashes.line("alice", "new"));

    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!file.verify(login("alice", "new"))) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void aKeyTellsUsersFromPasswordsAndShowsNeither() {
    assertThat(CredentialKey.of(login("a", "bc"))).isNotEqualTo(CredentialKey.of(login("ab", "c")));
    assertThat(CredentialKey.of(login("alice", "secret")).toString())
        .doesNotContain("alice", "secret");
    assertThat(login("alice", "secret").toString()).doesNotContain("secret");
  }
}
