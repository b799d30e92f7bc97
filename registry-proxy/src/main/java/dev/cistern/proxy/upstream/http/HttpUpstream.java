package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.MediaType;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import okhttp3.HttpUrl;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/** Calls the routes of the distribution specification over HTTP. */
final class HttpUpstream implements Upstream {

  /** The statuses of registries that do not support HEAD. */
  private static final Set<Integer> NO_HEAD = Set.of(400, 405, 406, 415, 501);

  /** How much memory it takes to read a manifest: twice its length if that is not known before. */
  private static final int PER_BYTE = 2;

  /** The same for a list of tags, which is written again for the client. */
  private static final int PER_BYTE_OF_TAGS = 3;

  /** What to ask for when a registry refuses a larger number of tags: usual maximums. */
  private static final List<Integer> PAGE_SIZES = List.of(1000, 100);

  private static final String MANIFEST_TYPES =
      MediaType.manifestTypes().stream().map(MediaType::value).collect(Collectors.joining(", "))
          + ", */*";

  private final RemoteUrl remote;
  private final long metadataLimit;
  private final MetadataMemory memory;
  private final Duration stallTimeout;
  private final @Nullable Bandwidth bandwidth;
  private final Transport transport;
  private final Authorizer authorizer;
  private final UpstreamErrors errors;
  private final ReferrerListing referrers;

  HttpUpstream(
      UpstreamConfig config,
      MetadataMemory memory,
      Transport transport,
      Authorizer authorizer,
      UpstreamErrors errors) {
    remote = config.remote();
    this.memory = memory;
    metadataLimit = config.metadataLimit();
    stallTimeout = config.stallTimeout();
    bandwidth =
        config.maxBandwidth().isPresent()
            ? new Bandwidth(config.maxBandwidth().getAsLong(), System::nanoTime)
            : null;
    this.transport = transport;
    this.authorizer = authorizer;
    this.errors = errors;
    referrers =
        new ReferrerListing(remote, metadataLimit, memory, authorizer, errors, this::manifest);
  }

  @Override
  public String name() {
    return remote.name();
  }

  /** Empty: this client sends a request for each call. */
  @Override
  public Optional<UpstreamException> refusal(Target target) {
    return Optional.empty();
  }

  @Override
  public UpstreamManifest manifest(RepositoryName name, Reference reference)
      throws RegistryException {
    Attempt attempt = Attempt.manifest(name, reference);
    Request request = manifestRequest(name, reference).build();
    try (Exchange answer = authorizer.send(name, attempt, request, DeadlineScope.WHOLE);
        MetadataMemory.Reservation reserved = memory.reserve(PER_BYTE)) {
      if (answer.status() != 200) {
        throw errors.refused(attempt, answer);
      }
      byte[] body = new MetadataBody(answer, metadataLimit, reserved).bytes();
      reserved.keepFor(body, body.length);
      return ManifestAnswer.of(answer).verified(reference, body);
    } catch (IOException e) {
      throw errors.failed(attempt, e);
    }
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName name, Reference reference)
      throws RegistryException {
    Attempt attempt = Attempt.manifest(name, reference);
    Request request = manifestRequest(name, reference).head().build();
    try (Exchange answer = authorizer.send(name, attempt, request, DeadlineScope.WHOLE)) {
      if (NO_HEAD.contains(answer.status())) {
        return Optional.empty();
      }
      if (answer.status() != 200) {
        throw errors.refused(attempt, answer);
      }
      ManifestAnswer manifest = ManifestAnswer.of(answer);
      if (manifest.isSigned()) {
        // Its digest may be one that GET refuses: only the bytes tell.
        return Optional.empty();
      }
      Optional<MediaType> type = answer.header("Content-Type").map(MediaType::parse);
      OptionalLong size = answer.contentLength();
      return manifest.declaredFor(reference).map(digest -> new ManifestHead(digest, type, size));
    } catch (IOException e) {
      throw errors.failed(attempt, e);
    }
  }

  @Override
  public UpstreamBlob blob(RepositoryName name, Digest digest, ResumePoint from)
      throws RegistryException {
    Attempt attempt = Attempt.blob(name, digest);
    Request.Builder request = blobRequest(name, digest);
    boolean ranged = from.position() > 0 || from.end().isPresent();
    if (ranged) {
      request.header("Range", range(from));
      from.etag().ifPresent(etag -> request.header("If-Range", etag));
    }
    if (from.end().isPresent()) {
      request.tag(RedirectLoop.Part.class, new RedirectLoop.Part());
    }
    Exchange answer = null;
    try {
      answer = authorizer.send(name, attempt, request.build(), DeadlineScope.HEADERS);
      if (answer.status() != 200 && (answer.status() != 206 || !ranged)) {
        throw errors.refused(attempt, answer);
      }
      TrickleWatch watch = new TrickleWatch(stallTimeout, System::nanoTime);
      UpstreamBlob blob = new HttpBlob(attempt, BlobAnswer.of(from, answer), answer, watch, errors);
      answer = null;
      return bandwidth == null ? blob : new ThrottledBlob(blob, bandwidth);
    } catch (IOException e) {
      throw errors.failed(attempt, e);
    } finally {
      if (answer != null) {
        answer.cancel();
        answer.close();
      }
    }
  }

  private static String range(ResumePoint from) {
    String first = "bytes=" + from.position() + "-";
    return from.end().isPresent() ? first + (from.end().getAsLong() - 1) : first;
  }

  @Override
  public OptionalLong headBlob(RepositoryName name, Digest digest) throws RegistryException {
    Attempt attempt = Attempt.blob(name, digest);
    BlobProbe probe = new BlobProbe(name, attempt, digest, authorizer, errors);
    Request.Builder request = blobRequest(name, digest);
    try (Exchange answer = probe.head(request)) {
      if (answer.status() == 200) {
        return BlobProbe.possibleSize(digest, answer.contentLength());
      }
      UpstreamException refusal = errors.refused(attempt, answer);
      if (!refusal.mayConcernFormOnly()) {
        throw refusal;
      }
    } catch (UpstreamException e) {
      if (!e.mayConcernFormOnly()) {
        throw e;
      }
    } catch (IOException e) {
      throw errors.failed(attempt, e);
    }
    return probe.firstByte(request);
  }

  @Override
  public TagList tags(RepositoryName name, Page page) throws RegistryException {
    Page asked = page;
    while (true) {
      try {
        return afterLast(name, asked, page(name, asked));
      } catch (UpstreamException e) {
        Optional<Page> smaller =
            e.code() == ErrorCode.PAGINATION_NUMBER_INVALID ? smaller(asked) : Optional.empty();
        if (smaller.isEmpty()) {
          throw e;
        }
        asked = smaller.get();
      }
    }
  }

  /** A page that a registry with a maximum may accept; empty when it was small already. */
  private static Optional<Page> smaller(Page page) {
    int count = page.count().orElse(0);
    return PAGE_SIZES.stream().filter(size -> size < count).findFirst().map(page::withCount);
  }

  private TagList afterLast(RepositoryName name, Page asked, TagList answer)
      throws RegistryException {
    return switch (LastCheck.of(answer.tags(), asked)) {
      case RESPECTED -> answer;
      case IGNORED -> LastCheck.page(answer, asked);
      case UNCLEAR -> {
        // Its order may be another one. A registry that ignores it answers the same without it.
        TagList first = page(name, new Page(asked.count(), Optional.empty()));
        yield first.tags().equals(answer.tags()) ? LastCheck.page(answer, asked) : answer;
      }
    };
  }

  private TagList page(RepositoryName name, Page page) throws RegistryException {
    Attempt attempt = Attempt.tags(name);
    HttpUrl.Builder url = remote.resolve("v2", name.value(), "tags/list").newBuilder();
    if (!page.equals(Page.FIRST)) {
      url.encodedQuery(page.query());
    }
    Request request = new Request.Builder().url(url.build()).build();
    try (Exchange answer = authorizer.send(name, attempt, request, DeadlineScope.WHOLE);
        MetadataMemory.Reservation reserved = memory.reserve(PER_BYTE_OF_TAGS)) {
      if (answer.status() != 200) {
        throw errors.refused(attempt, answer);
      }
      MetadataBody body = new MetadataBody(answer, metadataLimit, reserved);
      TagList list =
          TagListing.parse(
              body, page, NextPage.of(answer.headers("Link"), answer.url(), name + "/tags/list"));
      reserved.keepFor(list.tags(), PER_BYTE_OF_TAGS * body.position());
      return list;
    } catch (IOException e) {
      throw errors.failed(attempt, e);
    }
  }

  @Override
  public ReferrerList referrers(RepositoryName name, Digest subject) throws RegistryException {
    return referrers.list(name, subject);
  }

  @Override
  public void close() {
    transport.close();
  }

  @Override
  public String toString() {
    return "Upstream[" + remote + "]";
  }

  private Request.Builder manifestRequest(RepositoryName name, Reference reference) {
    return new Request.Builder()
        .url(remote.resolve("v2", name.value(), "manifests", reference.toString()))
        .header("Accept", MANIFEST_TYPES);
  }

  private Request.Builder blobRequest(RepositoryName name, Digest digest) {
    return new Request.Builder()
        .url(remote.resolve("v2", name.value(), "blobs", digest.toString()));
  }
}
