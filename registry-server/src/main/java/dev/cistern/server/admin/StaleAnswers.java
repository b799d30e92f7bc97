package dev.cistern.server.admin;

import dev.cistern.api.Digest;
import dev.cistern.api.Printable;
import dev.cistern.api.Reference;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.CacheRequest;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Stale;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which answers are stale now: from the first stale answer until the next one that is not. Without
 * any, an answer costs one read of a field. Keeps the last ones only. Thread-safe.
 */
final class StaleAnswers implements CacheListener {

  private static final int MOST = 200;
  private static final int LONGEST_TEXT = 300;

  private final InstantSource clock;

  private final Map<String, StaleAnswer> answers = // guarded by this
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, StaleAnswer> eldest) {
          return size() > MOST;
        }
      };
  private volatile boolean empty = true;

  StaleAnswers(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public void requestAnswered(CacheRequest request, CacheStatus status) {
    if (status instanceof Stale stale) {
      add(subject(request), stale);
    } else if (!empty) {
      remove(subject(request));
    }
  }

  private synchronized void add(String subject, Stale stale) {
    @Nullable StaleAnswer before = answers.get(subject);
    answers.put(
        subject,
        new StaleAnswer(
            subject,
            stale.age(),
            Printable.line(stale.reason(), LONGEST_TEXT),
            clock.instant(),
            before == null ? 1 : before.count() + 1));
    empty = false;
  }

  private synchronized void remove(String subject) {
    answers.remove(subject);
    empty = answers.isEmpty();
  }

  /** A manifest has one name, whether its bytes are asked for or only its digest. */
  private static String subject(CacheRequest request) {
    String repository = request.repository().map(Object::toString).orElse("");
    String reference =
        request
            .reference()
            .map(named -> (named instanceof Digest ? "@" : ":") + text(named))
            .orElse("");
    return switch (request.kind()) {
      case MANIFEST, MANIFEST_INFO, BLOB, BLOB_INFO -> repository + reference;
      case TAGS -> "tags of " + repository;
      case REFERRERS -> "referrers of " + repository + reference;
      case REPOSITORIES -> "repositories";
    };
  }

  private static String text(Reference reference) {
    return reference.toString();
  }

  /** All of them, the latest first. */
  synchronized List<StaleAnswer> all() {
    List<StaleAnswer> all = new ArrayList<>(answers.values());
    Collections.reverse(all);
    return all;
  }
}
