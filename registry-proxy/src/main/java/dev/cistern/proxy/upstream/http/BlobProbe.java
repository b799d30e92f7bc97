package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import java.io.IOException;
import java.util.OptionalLong;
import okhttp3.Request;

/**
 * Asks whether an upstream has a blob without fetching it: by HEAD, or by a GET of its first byte.
 * Some registries answer HEAD with 404 or 401, or redirect it to a URL that is signed for GET.
 */
record BlobProbe(
    RepositoryName name,
    Attempt attempt,
    Digest digest,
    Authorizer authorizer,
    UpstreamErrors errors) {

  Exchange head(Request.Builder blob) throws RegistryException, IOException {
    return authorizer.send(name, attempt, blob.head().build(), DeadlineScope.WHOLE);
  }

  /**
   * Requests the first byte. An upstream that ignores ranges starts to send the whole blob, which
   * ends the call.
   *
   * @return the size of the blob; empty when the answer does not say it
   */
  OptionalLong firstByte(Request.Builder blob) throws RegistryException {
    try (Exchange answer = get(blob.header("Range", "bytes=0-0"))) {
      if (answer.status() != 416) {
        return size(answer);
      }
      if (isEmpty(digest)) {
        // An empty blob has no first byte (RFC 9110 §14.1.2).
        return OptionalLong.of(0);
      }
    } catch (IOException e) {
      throw errors.failed(attempt, e);
    }
    try (Exchange answer = get(blob.removeHeader("Range"))) {
      return size(answer);
    } catch (IOException e) {
      throw errors.failed(attempt, e);
    }
  }

  private Exchange get(Request.Builder blob) throws RegistryException, IOException {
    return authorizer.send(name, attempt, blob.get().build(), DeadlineScope.HEADERS);
  }

  private OptionalLong size(Exchange answer) throws RegistryException {
    if (answer.status() == 206) {
      return ContentRange.parse(answer.header("Content-Range").orElse(""))
          .map(ContentRange::total)
          .orElse(OptionalLong.empty());
    }
    if (answer.status() != 200) {
      throw errors.refused(attempt, answer);
    }
    // The body is not wanted.
    answer.cancel();
    return possibleSize(digest, answer.contentLength());
  }

  /** Some registries answer HEAD with a length of 0, which only one digest can have. */
  static OptionalLong possibleSize(Digest digest, OptionalLong announced) {
    return announced.isPresent() && (announced.getAsLong() == 0) != isEmpty(digest)
        ? OptionalLong.empty()
        : announced;
  }

  private static boolean isEmpty(Digest digest) {
    return Digest.of(digest.algorithm(), new byte[0]).equals(digest);
  }
}
