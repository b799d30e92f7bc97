package dev.cistern.server.admin;

import dev.cistern.server.admin.UpstreamState.Allowance;
import dev.cistern.server.admin.UpstreamState.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The state of each upstream on the status page. */
final class UpstreamsPart {

  private final View view;

  UpstreamsPart(View view) {
    this.view = view;
  }

  void write(Html html) {
    Frame.live(html, "upstreams");
    Frame.section(html, "upstreams", "Upstreams", "card");
    html.open("ul", "class", "upstreams");
    view.upstreams().all().forEach(upstream -> upstream(html, upstream));
    html.close().close().close();
  }

  private void upstream(Html html, UpstreamState upstream) {
    boolean down = upstream.down().isPresent();
    html.open("li")
        .open("p")
        .element("span", state(upstream), "class", badge(upstream))
        .element("strong", title(upstream))
        .element("span", names(upstream), "class", "minor")
        .close();
    html.open("p", "class", "minor facts");
    upstream
        .latency()
        .ifPresent(
            latency ->
                fact(
                    html,
                    "median "
                        + Text.latency(latency.median())
                        + ", slowest "
                        + Text.latency(latency.most())));
    upstream.lastAnswer().ifPresent(time -> fact(html, "last answer " + ago(time)));
    fact(html, Text.count(upstream.failed(), "failure", "failures"));
    html.close();
    upstream.rateLimit().ifPresent(allowance -> allowance(html, upstream, allowance));
    upstream.down().ifPresent(event -> error(html, "Failing since " + ago(event.time()), event));
    if (!down) {
      upstream
          .lastFailure()
          .ifPresent(event -> error(html, "Last error " + ago(event.time()), event));
    }
    html.close();
  }

  private static String state(UpstreamState upstream) {
    if (upstream.down().isPresent()) {
      return "failing";
    }
    if (upstream.hasFailedLast()) {
      return "errors";
    }
    return upstream.lastAnswer().isPresent() ? "answers" : "not asked yet";
  }

  private static String badge(UpstreamState upstream) {
    if (upstream.down().isPresent() || upstream.hasFailedLast()) {
      return "badge bad";
    }
    return upstream.lastAnswer().isPresent() ? "badge good" : "badge";
  }

  private static String title(UpstreamState upstream) {
    return upstream.registries().isEmpty()
        ? upstream.name()
        : String.join(", ", upstream.registries());
  }

  private static String names(UpstreamState upstream) {
    return upstream.registries().isEmpty() || title(upstream).equals(upstream.name())
        ? ""
        : " " + upstream.name();
  }

  private static void fact(Html html, String fact) {
    html.element("span", fact);
  }

  private void allowance(Html html, UpstreamState upstream, Allowance allowance) {
    long limit = allowance.limit().limit();
    long left = Math.min(limit, allowance.limit().remaining());
    html.open("p", "class", "allowance")
        .element(
            "progress",
            left + " of " + limit,
            "max",
            Long.toString(limit),
            "value",
            Long.toString(left),
            "aria-label",
            "Pulls left at " + upstream.name())
        .element(
            "span",
            Text.count(left) + " of " + Text.count(limit) + " pulls left" + reset(allowance),
            "class",
            "minor")
        .close();
  }

  private String reset(Allowance allowance) {
    Optional<Instant> reset = allowance.reset();
    if (reset.isEmpty()) {
      return "";
    }
    Duration left = Duration.between(view.clock().instant(), reset.get());
    return left.isNegative() ? "; probably all again" : "; all again in " + Text.duration(left);
  }

  private static void error(Html html, String when, Event event) {
    html.open("p", "class", "error").element("strong", when).text(" " + event.text()).close();
  }

  private String ago(Instant time) {
    return Text.ago(view.since(time));
  }
}
