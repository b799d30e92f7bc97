package dev.cistern.proxy.event;

import dev.cistern.proxy.upstream.Target;
import java.util.Objects;

/**
 * One request of the cache to an upstream, redirects and tokens included.
 *
 * @param upstream the upstream's name
 * @param kind which endpoint was asked
 * @param target what was asked for
 */
public record UpstreamCall(String upstream, Kind kind, Target target) {

  /** The endpoint. */
  public enum Kind {
    /** GET of a manifest. */
    MANIFEST,
    /** HEAD of a manifest: the check of a tag. */
    MANIFEST_HEAD,
    /** GET of a blob. */
    BLOB,
    /** HEAD of a blob. */
    BLOB_HEAD,
    /** A tag list. */
    TAGS
  }

  public UpstreamCall {
    Objects.requireNonNull(upstream, "upstream");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(target, "target");
  }
}
