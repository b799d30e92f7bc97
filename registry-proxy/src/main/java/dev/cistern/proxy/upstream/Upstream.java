package dev.cistern.proxy.upstream;

import dev.cistern.api.Digest;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import java.io.Closeable;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One upstream registry, as a client of the OCI distribution specification's pull and discovery
 * endpoints.
 *
 * <p>Calls block until the answer's headers (blobs) or the whole answer (everything else) is
 * received; make them on a thread that may block. Thread-safe. Only tokens are cached.
 *
 * <p>Every failure is a {@link RegistryException} whose message names this upstream and the cause,
 * and whose code says what kind of failure it is. Only a 404 is reported as "does not exist".
 *
 * <ul>
 *   <li>{@code MANIFEST_UNKNOWN}, {@code BLOB_UNKNOWN}, {@code NAME_UNKNOWN}: the upstream answered
 *       404
 *   <li>{@code DENIED}: the upstream or its token service refused (401, 403), or it requires
 *       credentials that are not configured or that must not be sent to it
 *   <li>{@code TOOMANYREQUESTS}: 429, with {@code retryAfter} when the upstream sent one
 *   <li>{@code LOOP_DETECTED}: it leads back to a cache that has sent the request
 *   <li>{@code GATEWAY_TIMEOUT}: connecting, the headers or the body took too long
 *   <li>{@code BAD_GATEWAY}: everything else: other statuses, no connection, TLS, DNS, broken or
 *       contradictory answers
 *   <li>{@code UNAVAILABLE}: this upstream was closed, the call was cancelled, or the calling
 *       thread was interrupted
 * </ul>
 *
 * <p>Decorators extend {@link ForwardingUpstream}. A failure can be thrown as an {@link
 * UpstreamException}, which tells the cache more about it.
 */
public interface Upstream extends Closeable {

  /**
   * The name of this upstream in messages, logs and metrics: its host, with the port unless it is
   * the default.
   */
  String name();

  /**
   * Why a call would fail now without a request to the upstream, because the upstream is known to
   * fail or asked for a pause. Never blocks.
   *
   * @param target what would be requested, for the message of the failure
   * @return empty when calls would send a request
   */
  Optional<UpstreamException> refusal(Target target);

  /**
   * Gets a complete, verified manifest (end-3): its digest is that of the reference, if that is a
   * digest, and that of {@code Docker-Content-Digest}, if the upstream sent it.
   */
  UpstreamManifest manifest(RepositoryName name, Reference reference) throws RegistryException;

  /**
   * Asks which manifest a reference names, without its content (end-3, HEAD).
   *
   * @return empty when the upstream does not answer HEAD, or answers without a usable digest; get
   *     the manifest then
   * @throws RegistryException also when only HEAD is refused: a failure, even 404, says nothing
   *     about {@link #manifest}, see {@link UpstreamException#mayConcernFormOnly}
   */
  Optional<ManifestHead> headManifest(RepositoryName name, Reference reference)
      throws RegistryException;

  /** Opens a blob from its first byte, see {@link #blob(RepositoryName, Digest, ResumePoint)}. */
  default UpstreamBlob blob(RepositoryName name, Digest digest) throws RegistryException {
    return blob(name, digest, ResumePoint.START);
  }

  /**
   * Opens a blob (end-2), with a Range request unless the point is the start. The bytes are
   * <em>not</em> verified against the digest. The caller closes the answer.
   *
   * <p>For a point with an {@link ResumePoint#end}, the range ends there. Such requests are made
   * besides another one for the same blob, to be faster: that one fails says nothing about the
   * upstream.
   *
   * <p>An upstream that ignores the range, or whose content no longer has the point's entity tag,
   * answers from the first byte: check {@link UpstreamBlob#start()}.
   *
   * @throws RegistryException also with {@code RANGE_INVALID} when the upstream answers that the
   *     blob has no byte at that position (416)
   */
  UpstreamBlob blob(RepositoryName name, Digest digest, ResumePoint from) throws RegistryException;

  /**
   * Asks whether the upstream has a blob, and its size in bytes. Fetches no blob. When HEAD is
   * refused, the answer is that to a GET of the first byte.
   *
   * @return the size; empty when the blob exists and the upstream does not send its size
   */
  OptionalLong headBlob(RepositoryName name, Digest digest) throws RegistryException;

  /** Lists one page of a repository's tags (end-8a, end-8b). */
  TagList tags(RepositoryName name, Page page) throws RegistryException;

  /**
   * Lists all referrers of a manifest, of every type and from all pages (end-12a). Where the
   * registry has no referrers API, the list is that of the tag that replaces it (distribution
   * specification, "Referrers Tag Schema"), and empty when there is no such tag.
   *
   * @param subject the manifest, which need not exist
   * @throws RegistryException with a 404 only as {@code NAME_UNKNOWN}: the upstream answered that
   *     there is no such repository
   */
  ReferrerList referrers(RepositoryName name, Digest subject) throws RegistryException;

  /**
   * Ends all calls and the transfers of open blobs, and closes connections. Later calls fail with
   * {@code UNAVAILABLE}.
   */
  @Override
  void close();
}
