package dev.cistern.proxy.upstream;

import dev.cistern.api.Digest;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import java.io.Closeable;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One upstream registry, as a client of the OCI distribution specification's pull and discovery
 * endpoints.
 *
 * <p>Calls block until the answer's headers (blobs) or the whole answer (everything else) is here;
 * make them from a thread that may block. All methods are safe for use by many threads at once.
 * Nothing is cached but tokens.
 *
 * <p>Every failure is a {@link RegistryException} whose message names this upstream and the cause,
 * and whose code says what kind of failure it is. A failure is never reported as absence.
 *
 * <ul>
 *   <li>{@code MANIFEST_UNKNOWN}, {@code BLOB_UNKNOWN}, {@code NAME_UNKNOWN}: the upstream answered
 *       404
 *   <li>{@code DENIED}: the upstream or its token service refused (401, 403), or it asks for
 *       credentials that are not configured or that may not be sent to where it wants them
 *   <li>{@code TOOMANYREQUESTS}: 429, with {@code retryAfter} when the upstream gave one
 *   <li>{@code GATEWAY_TIMEOUT}: connecting, the headers or the body took too long
 *   <li>{@code BAD_GATEWAY}: everything else: other statuses, no connection, TLS, DNS, broken or
 *       contradictory answers
 *   <li>{@code UNAVAILABLE}: this upstream was closed, the call cancelled, or the calling thread
 *       interrupted
 * </ul>
 */
public interface Upstream extends Closeable {

  /**
   * What to call this upstream in messages, logs and metrics: its host, with the port where it is
   * not the default.
   */
  String name();

  /**
   * Why every call would fail now, without the upstream being asked. Never blocks.
   *
   * @param target what would be asked for, which the failure names
   * @return empty when calls do ask
   */
  Optional<UpstreamException> refusal(Target target);

  /**
   * Gets a manifest (end-3), whole and verified: its digest is the reference's, where that is a
   * digest, and does not contradict the {@code Docker-Content-Digest} that the upstream sent.
   */
  UpstreamManifest manifest(RepositoryName name, Reference reference) throws RegistryException;

  /**
   * Asks which manifest a reference names, without its content (end-3, HEAD).
   *
   * @return empty when the upstream does not answer HEAD, or answers without a usable digest: ask
   *     for the manifest
   */
  Optional<ManifestHead> headManifest(RepositoryName name, Reference reference)
      throws RegistryException;

  /** Opens a blob from its first byte (end-2). The caller closes the answer. */
  default UpstreamBlob blob(RepositoryName name, Digest digest) throws RegistryException {
    return blob(name, digest, ResumePoint.START);
  }

  /**
   * Opens a blob (end-2), with a Range request when the point is past the start. The bytes are
   * <em>not</em> verified against the digest. The caller closes the answer.
   *
   * <p>An upstream that ignores the range, or whose content changed since the point's entity tag
   * was given, answers from the first byte: look at {@link UpstreamBlob#start()}.
   *
   * @throws RegistryException also with {@code RANGE_INVALID} when the upstream says that the blob
   *     has nothing at that position (416)
   */
  UpstreamBlob blob(RepositoryName name, Digest digest, ResumePoint from) throws RegistryException;

  /**
   * Asks whether the upstream has a blob, and its size in bytes; downloads nothing.
   *
   * @return the size, empty when the blob exists and the upstream does not say how large it is
   */
  OptionalLong headBlob(RepositoryName name, Digest digest) throws RegistryException;

  /** Lists one page of a repository's tags (end-8a, end-8b). */
  TagList tags(RepositoryName name, Page page) throws RegistryException;

  /**
   * Ends all calls, blobs being read included, and frees connections. Later calls fail with {@code
   * UNAVAILABLE}.
   */
  @Override
  void close();
}
