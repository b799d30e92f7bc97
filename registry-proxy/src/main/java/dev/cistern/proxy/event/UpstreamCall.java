package dev.cistern.proxy.event;

import dev.cistern.proxy.upstream.Target;
import java.util.Objects;

/**
 * One call of an upstream, including its redirects and token requests, of which it is the cause.
 *
 * @param upstream the upstream's name
 * @param kind which endpoint is called
 * @param target what is requested
 * @param cause the {@link BlobTransfer} that it is a part of, or the request that made it
 *     necessary; where several requests share one call, the first of them
 */
public record UpstreamCall(String upstream, Kind kind, Target target, Cause cause)
    implements Cause {

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
    TAGS,
    /** A list of referrers: all its pages, or the tag that replaces the API. */
    REFERRERS
  }

  public UpstreamCall {
    Objects.requireNonNull(upstream, "upstream");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(cause, "cause");
  }

  /** A call whose cause is not known. */
  public UpstreamCall(String upstream, Kind kind, Target target) {
    this(upstream, kind, target, Cause.UNKNOWN);
  }
}
