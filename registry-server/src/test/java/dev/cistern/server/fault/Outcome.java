package dev.cistern.server.fault;

import dev.cistern.api.Digest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Says in the table's words what a client got. What must never be is said in words of its own. */
final class Outcome {

  private final Question question;
  private final String upstream;
  private final List<String> causes;

  /**
   * @param upstream what errors must call the upstream
   * @param causes one of which errors must name
   */
  Outcome(Question question, String upstream, List<String> causes) {
    this.question = question;
    this.upstream = upstream;
    this.causes = causes;
  }

  String of(Reply reply) {
    if (reply.header("Cache-Status").filter(s -> s.startsWith("cistern; ")).isEmpty()) {
      return reply.status() + " NO CACHE-STATUS";
    }
    if (reply.status() >= 400) {
      return reply.status()
          + error(reply)
          + (reply.header("Retry-After").isPresent() ? " wait" : "");
    }
    return reply.status() + content(reply) + marks(reply);
  }

  private String content(Reply reply) {
    if (question.isHead()) {
      return headers(reply);
    }
    if (!reply.complete()) {
      boolean right =
          Arrays.equals(reply.body(), Arrays.copyOf(question.content(), reply.body().length));
      return right ? " cut" : " cut, wrong";
    }
    if (Arrays.equals(reply.body(), question.content())) {
      return headers(reply);
    }
    // Documented: a part cannot be verified.
    return question == Question.RANGE_RELAYED ? " wrong" : " COMPLETE WITH WRONG BYTES";
  }

  private String headers(Reply reply) {
    byte[] whole = question.isRange() ? Sample.BLOB : question.content();
    String digest = Digest.sha256(whole).toString();
    if (!reply.header("Docker-Content-Digest").equals(Optional.of(digest))) {
      return question.isHead() && question.isForManifest() ? " as told" : " WRONG DIGEST";
    }
    return reply
        .header("Content-Length")
        .map(
            length ->
                length.equals("" + question.content().length)
                    ? ""
                    : question.isHead() ? " as told" : " WRONG LENGTH")
        .orElse(" no length");
  }

  private static String marks(Reply reply) {
    boolean warned = reply.header("Warning").filter(w -> w.startsWith("299 - ")).isPresent();
    boolean aged = reply.header("Age").filter(age -> age.matches("\\d+")).isPresent();
    boolean told =
        reply
            .header("Cache-Status")
            .filter(s -> s.matches("cistern; fwd=stale.*; detail=\".*\""))
            .isPresent();
    if (warned && aged && told) {
      return " stale";
    }
    return warned || aged ? " HALF MARKED" : "";
  }

  private String error(Reply reply) {
    if (!reply.complete()) {
      return " CUT ERROR";
    }
    if (question.isHead()) {
      return "";
    }
    String text = reply.text();
    if (!text.contains("\"code\":\"" + code(reply.status()) + "\"")) {
      return " WRONG CODE: " + text;
    }
    if (!text.toLowerCase(Locale.ROOT).contains("upstream " + upstream)) {
      return " UPSTREAM NOT NAMED: " + text;
    }
    return causes.stream().anyMatch(text::contains) ? "" : " CAUSE NOT NAMED: " + text;
  }

  private String code(int status) {
    return switch (status) {
      case 400 -> "UNSUPPORTED";
      case 403 -> "DENIED";
      case 404 -> question.isForManifest() ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN";
      case 429 -> "TOOMANYREQUESTS";
      case 502, 504 -> "UNAVAILABLE";
      default -> "a code for " + status;
    };
  }
}
