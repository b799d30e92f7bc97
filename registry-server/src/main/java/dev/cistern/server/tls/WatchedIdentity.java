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
 * The identity as the files have it, followed through their changes.
 *
 * <p>There is no thread and no file watch, which network mounts and mounted secrets do not support:
 * a handshake looks at the files when nobody has done so for {@link #INTERVAL}. One at a time does;
 * the others go on with what is there and wait for no disk. Thread-safe.
 *
 * <p>A pair that cannot be used changes nothing. That is also how it ends when the files are looked
 * at between the writing of the one and of the other: the next look finds both.
 */
final class WatchedIdentity {

  /** How old the answer of the files may be. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  /** After this long the same complaint is logged again. */
  static final Duration REMINDER = Duration.ofHours(1);

  private static final Logger log = LoggerFactory.getLogger(WatchedIdentity.class);

  /** The earlier identity is for handshakes that chose it just before it was replaced. */
  private record Held(ServerIdentity current, Optional<ServerIdentity> earlier) {}

  private record Complaint(String message, Instant logged) {}

  private final IdentityFiles files;
  private final InstantSource clock;
  private final ReentrantLock looking = new ReentrantLock();
  private volatile Instant looked;
  private volatile Held held;

  // Guarded by looking.
  private IdentityText text;
  private @Nullable Complaint complaint;

  private WatchedIdentity(
      IdentityFiles files, InstantSource clock, IdentityText text, ServerIdentity identity) {
    this.files = files;
    this.clock = clock;
    this.text = text;
    this.held = new Held(identity, Optional.empty());
    this.looked = clock.instant();
  }

  /**
   * Reads the files for the first time.
   *
   * @throws IOException when they cannot be used; for the operator
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
    if (isDue(now) && looking.tryLock()) {
      try {
        if (isDue(now)) {
          look(now);
          looked = now;
        }
      } finally {
        looking.unlock();
      }
    }
    return held.current();
  }

  /** The identity of this alias, if it is the current one or the one before. */
  Optional<ServerIdentity> named(String alias) {
    Held now = held;
    return Stream.concat(Stream.of(now.current()), now.earlier().stream())
        .filter(identity -> identity.alias().equals(alias))
        .findFirst();
  }

  private boolean isDue(Instant now) {
    // abs: a clock that was set back must not stop the looking.
    return Duration.between(looked, now).abs().compareTo(INTERVAL) >= 0;
  }

  private void look(Instant now) {
    try {
      IdentityText found = files.read();
      if (!found.equals(text)) {
        ServerIdentity renewed = files.identity(found);
        held = new Held(renewed, Optional.of(held.current()));
        text = found;
        log.info("Using another {}, from {}", renewed, files.certificate());
        warnIfExpired(files, renewed, now);
      }
      complaint = null;
    } catch (IOException | RuntimeException e) {
      // Whatever a broken file provokes must not reach the handshake that happened to look.
      complain(String.valueOf(e.getMessage()), now);
    }
  }

  private void complain(String message, Instant now) {
    Complaint last = complaint;
    if (last == null
        || !last.message().equals(message)
        || Duration.between(last.logged(), now).abs().compareTo(REMINDER) >= 0) {
      complaint = new Complaint(message, now);
      log.warn("{}. Still using the {}", message, held.current());
    }
  }

  private static void warnIfExpired(IdentityFiles files, ServerIdentity identity, Instant now) {
    if (identity.hasExpired(now)) {
      log.warn(
          "{}: {} holds a {}, which has expired; others will refuse it",
          files.certificate().configKey(),
          files.certificate(),
          identity);
    }
  }
}
