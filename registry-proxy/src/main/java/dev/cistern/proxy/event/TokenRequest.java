package dev.cistern.proxy.event;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * One request to a token service.
 *
 * @param upstream the name of the upstream that requires the token
 * @param method {@code GET}, or {@code POST} for an identity token
 * @param host of the token service
 * @param port of the token service
 * @param status of its answer; empty if there was none
 * @param cause the {@link UpstreamCall} that needs the token; where several need the same one, the
 *     first of them
 */
public record TokenRequest(
    String upstream, String method, String host, int port, OptionalInt status, Cause cause) {

  public TokenRequest {
    Objects.requireNonNull(upstream, "upstream");
    Objects.requireNonNull(method, "method");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(cause, "cause");
  }
}
