package dev.cistern.proxy.upstream.http;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.internal.memory.PooledCache;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamException.Kind;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import okhttp3.HttpUrl;
import okhttp3.Request;

/**
 * Lists referrers by the referrers API, or from the tag that replaces it. That a repository lacks
 * the API is remembered for a while, to save a request for each list. It is remembered for each
 * repository, because the answer to one says nothing about the others. Thread-safe.
 */
final class ReferrerListing {

  private static final Duration LACKING = Duration.ofMinutes(10);
  private static final int MAX_PAGES = 1_000;

  private static final HashFunction HASH =
      Hashing.sipHash24(
          ThreadLocalRandom.current().nextLong(), ThreadLocalRandom.current().nextLong());

  /** How much memory it takes to read a list: its pages, and what they become. */
  private static final int PER_BYTE = 3;

  /** The statuses of registries without the API. */
  private static final Set<Integer> NO_API = Set.of(400, 404, 405, 406, 410, 415, 501);

  /** Gets the manifest that a tag names. */
  @FunctionalInterface
  interface Manifests {
    UpstreamManifest of(RepositoryName name, Tag tag) throws RegistryException;
  }

  private final RemoteUrl remote;
  private final long limit;
  private final MetadataMemory memory;
  private final Authorizer authorizer;
  private final UpstreamErrors errors;
  private final Manifests manifests;
  private final PooledCache<RepositoryName, Boolean> lacking =
      new PooledCache<>((name, lacks) -> Bytes.of(name), LACKING, System::nanoTime);

  /**
   * @param limit the most bytes of all pages of one list
   */
  ReferrerListing(
      RemoteUrl remote,
      long limit,
      MetadataMemory memory,
      Authorizer authorizer,
      UpstreamErrors errors,
      Manifests manifests) {
    this.remote = remote;
    this.limit = limit;
    this.memory = memory;
    this.authorizer = authorizer;
    this.errors = errors;
    this.manifests = manifests;
  }

  ReferrerList list(RepositoryName name, Digest subject) throws RegistryException {
    if (lacking.get(name) != null) {
      return standIn(name, subject).orElse(ReferrerList.EMPTY);
    }
    Attempt attempt = Attempt.referrers(name, subject);
    try (MetadataMemory.Reservation reserved = memory.reserve(PER_BYTE)) {
      return pages(name, subject, attempt, reserved);
    } catch (NoApiException lacks) {
      Optional<ReferrerList> list = standIn(name, subject);
      if (lacks.isCertain || list.isPresent()) {
        lacking.put(name, true);
      }
      return list.orElse(ReferrerList.EMPTY);
    } catch (IOException e) {
      throw errors.failed(attempt, e);
    }
  }

  private ReferrerList pages(
      RepositoryName name, Digest subject, Attempt attempt, MetadataMemory.Reservation reserved)
      throws RegistryException, IOException {
    HttpUrl first = remote.resolve("v2", name.value(), "referrers", subject.toString());
    ReferrerList.Builder list = new ReferrerList.Builder();
    Set<Long> asked = new HashSet<>();
    Optional<HttpUrl> next = Optional.of(first);
    long length = 0;
    while (next.isPresent()) {
      if (!asked.add(hash(next.get())) || asked.size() > MAX_PAGES) {
        throw new ProtocolException(
            "its list of referrers has no end: it has more than "
                + MAX_PAGES
                + " pages, or a link leads to an earlier page");
      }
      Request request =
          new Request.Builder()
              .url(next.get())
              .header("Accept", "application/vnd.oci.image.index.v1+json, */*")
              .build();
      try (Exchange answer = authorizer.send(name, attempt, request, DeadlineScope.WHOLE)) {
        requireList(attempt, answer, asked.size() == 1);
        byte[] body = new MetadataBody(answer, limit, reserved, length).bytes();
        length += body.length;
        add(list, body);
        // The query of the link, whatever it is: it continues the list on the same path.
        next =
            NextPage.of(answer.headers("Link"), answer.url(), name + "/referrers/" + subject)
                .map(page -> first.newBuilder().encodedQuery(page.query()).build());
      }
    }
    ReferrerList whole = list.build();
    reserved.keepFor(whole, 2 * length);
    return whole;
  }

  /** The upstream chooses the URLs, and how long they are. */
  private static long hash(HttpUrl url) {
    return HASH.hashUnencodedChars(url.toString()).asLong();
  }

  private void requireList(Attempt attempt, Exchange answer, boolean isFirst)
      throws RegistryException, NoApiException {
    boolean mayLackApi = isFirst && answer.redirectedTo().isEmpty();
    if (answer.status() != 200) {
      ErrorExcerpt said = errors.said(attempt, answer);
      if (mayLackApi && NO_API.contains(answer.status())) {
        throw new NoApiException(isCertain(answer.status(), said.code()));
      }
      throw errors.refused(attempt, answer, said);
    }
    // Some registries answer every path that they do not know with a web page.
    String type = answer.header("Content-Type").orElse("").toLowerCase(Locale.ROOT);
    if (mayLackApi && type.startsWith("text/html")) {
      throw new NoApiException(true);
    }
  }

  /** A registry that has the API may answer 404 for a repository that it does not have yet. */
  private static boolean isCertain(int status, String code) {
    return status != 404 || code.isEmpty() || code.equals("UNSUPPORTED");
  }

  private static void add(ReferrerList.Builder list, byte[] index) throws ProtocolException {
    try {
      list.add(index);
    } catch (RegistryException e) {
      ProtocolException failure =
          new ProtocolException("its list of referrers is not an OCI image index");
      failure.initCause(e);
      throw failure;
    }
  }

  /** The list that the referrers' tag names; empty when there is no such tag. */
  private Optional<ReferrerList> standIn(RepositoryName name, Digest subject)
      throws RegistryException {
    Attempt attempt = Attempt.referrers(name, subject);
    UpstreamManifest manifest;
    try {
      manifest = manifests.of(name, Tag.ofReferrers(subject));
    } catch (UpstreamException e) {
      if (e.kind() == Kind.ABSENT
          && e.code() == ErrorCode.MANIFEST_UNKNOWN
          && e.otherHost().isEmpty()) {
        return Optional.empty();
      }
      throw e.about(Target.referrers(name, subject));
    }
    ByteBuffer body = manifest.body();
    byte[] index = new byte[body.remaining()];
    body.get(index);
    ReferrerList.Builder list = new ReferrerList.Builder();
    try {
      add(list, index);
    } catch (ProtocolException e) {
      throw errors.failed(attempt, e);
    }
    return Optional.of(list.build());
  }

  /** The registry has no referrers API for this repository. */
  private static final class NoApiException extends IOException {

    private static final long serialVersionUID = 1;

    private final boolean isCertain;

    NoApiException(boolean isCertain) {
      super("no referrers API");
      this.isCertain = isCertain;
    }
  }
}
