package dev.cistern.server.admin;

import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.ImageWarming;
import dev.cistern.proxy.ImageWarming.Progress;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.Platform;
import dev.cistern.proxy.maintenance.PurgeReport;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.server.admin.Request.Format;
import dev.cistern.server.http.ImageName;
import dev.cistern.server.http.Routing;
import dev.cistern.server.report.GarbageResult;
import dev.cistern.server.report.Json;
import dev.cistern.server.report.MachinePlatform;
import dev.cistern.server.report.PurgeResult;
import dev.cistern.server.report.WarmingText;
import io.undertow.util.StatusCodes;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
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
  private final View view;

  /**
   * @param routing the names of the upstreams now
   * @param view what it has read of storage is forgotten after a change
   */
  Actions(Supplier<Routing> routing, View view) {
    cache = view.cache();
    this.routing = routing;
    this.view = view;
  }

  /** What a purge is for. */
  ImageName subject(Request request) throws RegistryException {
    if (request.parameters().containsKey("reference") && request.parameter("reference").isEmpty()) {
      // A script whose variable is empty means one tag, and must not lose all.
      throw new IllegalArgumentException(
          "The reference is empty. Name a tag or a digest, or leave reference out to purge the"
              + " whole repository");
    }
    if (request.parameter("image").isPresent()) {
      if (request.parameter("repository").isPresent()
          || request.parameter("reference").isPresent()) {
        throw new IllegalArgumentException(
            "Name what to purge once: image, or repository with or without reference");
      }
      return ImageName.parseCached(request.text("image"), routing.get());
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
                          view.forgetStored();
                          return result(report, subject.toString());
                        })));
  }

  private static TaskResult result(PurgeReport report, String name) {
    PurgeResult result = new PurgeResult(report, name, PurgeResult.Mode.NOW);
    return report.failures().isEmpty()
        ? TaskResult.done(result.text(), result::write)
        : TaskResult.failed(result.text(), result::write);
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
            : Optional.of(asked.isEmpty() ? MachinePlatform.current() : Platform.parse(asked));
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
    public CompletionStage<TaskResult> start() {
      ImageWarming started = ImageWarming.start(cache, repository, reference, platform);
      warming = started;
      return started
          .completion()
          .thenApply(
              done -> {
                view.forgetStored();
                return result(done);
              });
    }

    private TaskResult result(Progress done) {
      Optional<String> failure =
          done.notStored().isEmpty()
              ? Optional.empty()
              : Optional.of(WarmingText.notStored(done.notStored()));
      Consumer<Json> json =
          members ->
              WarmingText.write(
                  members, repository, reference, done, OptionalLong.of(done.fetched()), failure);
      String text =
          WarmingText.result(done)
              + done.stale().map(reason -> "; " + WarmingText.stale(reason)).orElse("");
      return failure.isPresent()
          ? TaskResult.failed(text + "; " + failure.get(), json)
          : TaskResult.done(text, json);
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
                          view.forgetStored();
                          return result(report, cache.limits());
                        })));
  }

  private static TaskResult result(GarbageReport report, Limits limits) {
    GarbageResult result = new GarbageResult(report, limits, GarbageResult.Mode.NOW);
    return report.failures().isEmpty()
        ? TaskResult.done(result.text(), result::write)
        : TaskResult.failed(result.text(), result::write);
  }

  private Answer start(Request request, Task.Kind kind, String subject, Tasks.Work work) {
    Optional<Task> task = view.tasks().add(kind, subject, work);
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
