package dev.cistern.server.tls;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The identity in the files, read again after they have changed.
 *
 * <p>There is no thread, and no file watch, which network mounts and mounted secrets do not
 * support. A handshake reads the files if the last check was {@link #INTERVAL} ago. Only one
 * handshake does so at a time. The others use the current identity and do not wait for the disk.
 * Thread-safe.
 *
 * <p>A pair that is not usable changes nothing. This is also the case between the writing of the
 * two files. The next check finds both.
 */
final class WatchedIdentity {

  /** The time between two checks of the files. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  /** The time after which the same warning is logged again. */
  static final Duration REMINDER = Duration.ofHours(1);

  private static final Logger log = LoggerFactory.getLogger(WatchedIdentity.class);

  /** The earlier identity is for handshakes that chose it just before its replacement. */
  private record Held(ServerIdentity current, Optional<ServerIdentity> earlier) {}

  private record LoggedWarning(String message, Instant logged) {}

  private final IdentityFiles files;
  private final InstantSource clock;
  private final ReentrantLock checking = new ReentrantLock();
  private volatile Instant checked;
  private volatile Held held;

  // Guarded by checking.
  private IdentityText text;
  private @Nullable LoggedWarning lastWarning;

  private WatchedIdentity(
      IdentityFiles files, InstantSource clock, IdentityText text, ServerIdentity identity) {
    this.files = files;
    this.clock = clock;
    this.text = text;
    this.held = new Held(identity, Optional.empty());
    this.checked = clock.instant();
  }

  /**
   * Reads the files for the first time.
   *
   * @throws IOException if they are not usable; the message is for the operator
   */
  static WatchedIdentity start(IdentityFiles files, InstantSource clock) throws IOException {
    IdentityText text = files.read();
    ServerIdentity identity = files.identity(text);
    warnIfExpired(files, identity, clock.instant());
    return new WatchedIdentity(files, clock, text, identity);
  }

  /** The identity for a new handshake. */
  ServerIdentity current() {
    Instant now = clock.instant();
    if (isDue(now) && checking.tryLock()) {
      try {
        if (isDue(now)) {
          check(now);
          checked = now;
        }
      } finally {
        checking.unlock();
      }
    }
    return held.current();
  }

  /** The identity of this alias, if it is the current or the earlier one. */
  Optional<ServerIdentity> named(String alias) {
    Held now = held;
    return Stream.concat(Stream.of(now.current()), now.earlier().stream())
        .filter(identity -> identity.alias().equals(alias))
        .findFirst();
  }

  private boolean isDue(Instant now) {
    // abs: a clock that was set back must not stop the checks.
    return Duration.between(checked, now).abs().compareTo(INTERVAL) >= 0;
  }

  private void check(Instant now) {
    try {
      IdentityText found = files.read();
      if (!found.equals(text)) {
        ServerIdentity renewed = files.identity(found);
        held = new Held(renewed, Optional.of(held.current()));
        text = found;
        log.info("{} has changed; using the new {}", files.certificate(), renewed);
        warnIfExpired(files, renewed, now);
      }
      lastWarning = null;
    } catch (IOException | RuntimeException e) {
      // No error of a broken file may fail the handshake that checked the files.
      warn(String.valueOf(e.getMessage()), now);
    }
  }

  private void warn(String message, Instant now) {
    LoggedWarning last = lastWarning;
    if (last == null
        || !last.message().equals(message)
        || Duration.between(last.logged(), now).abs().compareTo(REMINDER) >= 0) {
      lastWarning = new LoggedWarning(message, now);
      log.warn("{}. Still using the {}", message, held.current());
    }
  }

  private static void warnIfExpired(IdentityFiles files, ServerIdentity identity, Instant now) {
    if (identity.hasExpired(now)) {
      log.warn(
          "{}: {} contains an expired {}; others will refuse it, so renew it",
          files.certificate().configKey(),
          files.certificate(),
          identity);
    }
  }
}
