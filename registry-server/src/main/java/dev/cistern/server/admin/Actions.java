package dev.cistern.server.admin;

import static java.util.stream.Collectors.joining;

import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.ImageWarming;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.Platform;
import dev.cistern.proxy.event.SweepReport;
import dev.cistern.proxy.maintenance.Failure;
import dev.cistern.proxy.maintenance.PurgeReport;
import dev.cistern.server.admin.Request.Format;
import dev.cistern.server.cli.HumanReadable;
import dev.cistern.server.cli.WarmingText;
import dev.cistern.server.http.ImageName;
import dev.cistern.server.http.Routing;
import io.undertow.util.StatusCodes;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Purge, warm and collect garbage. Each is answered at once and goes on as a task. */
final class Actions {

  private static final Logger log = LoggerFactory.getLogger(Actions.class);

  private static final String ALL = "all";

  private final PullThroughCache cache;
  private final Supplier<Routing> routing;
  private final Repositories repositories;
  private final Tasks tasks;

  /**
   * @param routing the names of the upstreams now
   * @param repositories what was read of them is forgotten after a change
   */
  Actions(
      PullThroughCache cache, Supplier<Routing> routing, Repositories repositories, Tasks tasks) {
    this.cache = cache;
    this.routing = routing;
    this.repositories = repositories;
    this.tasks = tasks;
  }

  /** What a purge is for. */
  ImageName subject(Request request) throws RegistryException {
    if (request.parameter("image").isPresent()) {
      if (request.parameter("repository").isPresent()
          || request.parameter("reference").isPresent()) {
        throw new IllegalArgumentException(
            "Name what to purge once: image, or repository with or without reference");
      }
      return ImageName.parse(request.text("image"), routing.get());
    }
    if (request.parameter("repository").isEmpty()) {
      throw new IllegalArgumentException(
          "Name what to purge: image, or repository with or without reference");
    }
    return new ImageName(
        RepositoryName.parse(request.text("repository")),
        request.parameter("reference").isPresent()
            ? Optional.of(Reference.parse(request.text("reference")))
            : Optional.empty());
  }

  Answer purge(Request request) throws RegistryException {
    request.requireOnly("image", "repository", "reference");
    ImageName subject = subject(request);
    return start(
        request,
        Task.Kind.PURGE,
        subject.toString(),
        Tasks.of(
            () ->
                cache
                    .purge(subject.repository(), subject.reference())
                    .thenApply(
                        report -> {
                          repositories.forget();
                          return text(report);
                        })));
  }

  private static String text(PurgeReport report) {
    if (report.isEmpty()) {
      return "It was not cached";
    }
    String text =
        "Removed %s and %s: %s"
            .formatted(
                Text.count(report.tags().size(), "tag", "tags"),
                Text.count(report.contents().size(), "blob or manifest", "blobs and manifests"),
                HumanReadable.size(report.bytes()));
    return report.failures().isEmpty()
        ? text
        : text
            + "; failed: "
            + report.failures().stream().map(Failure::message).collect(joining("; "));
  }

  Answer warm(Request request) throws RegistryException {
    request.requireOnly("image", "platform");
    if (request.parameter("image").isEmpty()) {
      throw new IllegalArgumentException("Name the image to fetch, such as alpine:3.20");
    }
    ImageName image = ImageName.parse(request.text("image"), routing.get());
    String asked = request.text("platform");
    Optional<Platform> platform =
        asked.equals(ALL)
            ? Optional.empty()
            : Optional.of(asked.isEmpty() ? Platform.LINUX_AMD64 : Platform.parse(asked));
    Reference reference = image.referenceOrLatest();
    String subject = new ImageName(image.repository(), Optional.of(reference)).toString();
    return start(
        request,
        Task.Kind.WARM,
        subject + ", " + platform.map(Platform::toString).orElse("all platforms"),
        new Warm(image.repository(), reference, platform));
  }

  /** Brings an image into the cache. */
  private final class Warm implements Tasks.Work {

    private final RepositoryName repository;
    private final Reference reference;
    private final Optional<Platform> platform;
    private volatile @Nullable ImageWarming warming;

    Warm(RepositoryName repository, Reference reference, Optional<Platform> platform) {
      this.repository = repository;
      this.reference = reference;
      this.platform = platform;
    }

    @Override
    public CompletionStage<String> start() {
      ImageWarming started = ImageWarming.start(cache, repository, reference, platform);
      warming = started;
      return started
          .completion()
          .thenApply(
              done -> {
                repositories.forget();
                if (!done.notStored().isEmpty()) {
                  throw new IllegalStateException(
                      WarmingText.of(done) + "; " + WarmingText.notStored(done.notStored()));
                }
                return WarmingText.of(done);
              });
    }

    @Override
    public String progress() {
      ImageWarming started = warming;
      return started == null ? "" : WarmingText.of(started.progress());
    }
  }

  Answer gc(Request request) {
    request.requireOnly();
    return start(
        request,
        Task.Kind.GC,
        "the whole store",
        Tasks.of(
            () ->
                cache
                    .sweep()
                    .thenApply(
                        report -> {
                          repositories.forget();
                          return text(report);
                        })));
  }

  private static String text(SweepReport report) {
    String text =
        report.evicted() == 0
            ? "Nothing to evict"
            : "Evicted %d blobs and manifests: %s"
                .formatted(report.evicted(), HumanReadable.size(report.evictedBytes()));
    if (report.danglingLinks() > 0) {
      text += "; removed %d links without content".formatted(report.danglingLinks());
    }
    return report.failures().isEmpty()
        ? text
        : text + "; failed: " + String.join("; ", report.failures());
  }

  private Answer start(Request request, Task.Kind kind, String subject, Tasks.Work work) {
    Optional<Task> task = tasks.add(kind, subject, work);
    if (task.isEmpty()) {
      return Answer.text(
          StatusCodes.SERVICE_UNAVAILABLE, "Too many actions are waiting. Try again later.");
    }
    log.info("An operator asked for {} of {}", JsonAnswers.lower(kind), subject);
    return request.format() == Format.JSON
        ? JsonAnswers.accepted(task.get())
        : Answer.seeOther("/admin/#tasks");
  }
}
