package dev.cistern.proxy.internal.guard;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** An upstream that records its calls, and answers or fails as a test says. */
final class ScriptedUpstream implements Upstream {

  private static final byte[] BODY = {'{', '}'};

  /** What happens at each call before it is answered. */
  @FunctionalInterface
  interface Script {
    void play() throws RegistryException;
  }

  final List<String> calls = new ArrayList<>();
  boolean closed;
  private Script script = () -> {};

  void onCall(Script next) {
    script = next;
  }

  void fail(RegistryException failure) {
    onCall(
        () -> {
          throw failure;
        });
  }

  void work() {
    onCall(() -> {});
  }

  private void call(String call) throws RegistryException {
    calls.add(call);
    script.play();
  }

  @Override
  public String name() {
    return "registry.example";
  }

  @Override
  public Optional<UpstreamException> refusal(Target target) {
    return Optional.empty();
  }

  @Override
  public UpstreamManifest manifest(RepositoryName name, Reference reference)
      throws RegistryException {
    call("manifest " + name + " " + reference);
    return new UpstreamManifest(Digest.sha256(BODY), MediaType.OCI_MANIFEST, ByteBuffer.wrap(BODY));
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName name, Reference reference)
      throws RegistryException {
    call("headManifest " + name + " " + reference);
    return Optional.empty();
  }

  @Override
  public UpstreamBlob blob(RepositoryName name, Digest digest, ResumePoint from)
      throws RegistryException {
    call("blob " + name);
    throw new IllegalStateException("this is not read");
  }

  @Override
  public OptionalLong headBlob(RepositoryName name, Digest digest) throws RegistryException {
    call("headBlob " + name);
    return OptionalLong.of(0);
  }

  @Override
  public TagList tags(RepositoryName name, Page page) throws RegistryException {
    call("tags " + name);
    return new TagList(List.of(), Optional.empty());
  }

  @Override
  public ReferrerList referrers(RepositoryName name, Digest subject) throws RegistryException {
    call("referrers " + name);
    return ReferrerList.EMPTY;
  }

  @Override
  public void close() {
    closed = true;
  }
}
