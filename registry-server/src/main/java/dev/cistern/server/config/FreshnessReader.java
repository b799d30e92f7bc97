package dev.cistern.server.config;

import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.FreshnessPolicy.Rule;
import dev.cistern.proxy.policy.TagPattern;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Reads the keys of an upstream that say how long to use its answers for tags. */
final class FreshnessReader {

  private FreshnessReader() {}

  static FreshnessPolicy read(Section upstream, FreshnessPolicy defaults) {
    FreshnessPolicy fresh = freshness(upstream, defaults);
    return new FreshnessPolicy(
        fresh.freshness(),
        upstream.value("staleafter", defaults.staleAfter(), ValueParser.DURATION),
        fresh.rules(),
        upstream.value("revalidate", defaults.revalidate(), ValueParser.DURATION));
  }

  /** A duration for all tags, or a list of rules. */
  private static FreshnessPolicy freshness(Section upstream, FreshnessPolicy defaults) {
    if (upstream.isList("freshness")) {
      List<Rule> rules =
          upstream.sections("freshness", "tags and for", FreshnessReader::rules).stream()
              .flatMap(List::stream)
              .toList();
      return new FreshnessPolicy(Duration.ZERO, defaults.staleAfter(), rules, Duration.ZERO);
    }
    if (upstream.hasSection("freshness")) {
      upstream.error(
          "freshness",
          "must be a duration such as 5m, or a list of sections such as {tags: 'v[0-9]*', for:"
              + " 24h}; put a dash before the section");
      return defaults;
    }
    Optional<Duration> all =
        defaults.rules().isEmpty()
            ? Optional.of(upstream.value("freshness", defaults.freshness(), ValueParser.DURATION))
            : upstream.optional("freshness", ValueParser.DURATION);
    return all.map(time -> new FreshnessPolicy(time, defaults.staleAfter())).orElse(defaults);
  }

  private static List<Rule> rules(Section rule) {
    List<TagPattern> patterns = rule.list("tags", TagPattern::parse);
    if (rule.node("tags").isEmpty()) {
      rule.error("tags", "name the tags by a pattern, such as 'v[0-9]*'");
    }
    Optional<Duration> time = rule.optional("for", ValueParser.DURATION);
    if (rule.node("for").isEmpty()) {
      rule.error("for", "say how long these tags are fresh, such as 24h");
    }
    return time.stream()
        .flatMap(fresh -> patterns.stream().map(pattern -> new Rule(pattern, fresh)))
        .toList();
  }
}
