package dev.cistern.proxy.policy;

import dev.cistern.api.Tag;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * How long the upstream's answer for a tag is fresh, and how long to wait for a new one. Immutable.
 *
 * @param freshness how long an answer is used without asking the upstream again; zero: always ask
 * @param staleAfter how long to wait for the upstream when a stale answer is cached
 * @param rules tags with another freshness; the first rule that matches a tag counts
 * @param revalidate how long, after that, requests still get the answer at once while the cache
 *     checks it (RFC 5861, {@code stale-while-revalidate}); zero: requests wait for the check
 */
public record FreshnessPolicy(
    Duration freshness, Duration staleAfter, List<Rule> rules, Duration revalidate) {

  /** Always asks the upstream, and waits for three seconds. */
  public static final FreshnessPolicy DEFAULT =
      new FreshnessPolicy(Duration.ZERO, Duration.ofSeconds(3));

  /** How long the answers for some tags are fresh. */
  public record Rule(TagPattern tags, Duration freshness) {

    /** Accepts a duration that is not negative. */
    public Rule {
      if (freshness.isNegative()) {
        throw new IllegalArgumentException(
            "the freshness of tags " + tags + " must not be negative: " + freshness);
      }
    }
  }

  /** How a cached answer for a tag may be used. */
  public enum Use {
    /** Without asking the upstream. */
    FRESH,
    /** At once, while the cache asks the upstream. */
    WHILE_CHECKED,
    /** Only after the upstream was asked. */
    AFTER_CHECK
  }

  /** Accepts durations that are not negative. */
  public FreshnessPolicy {
    if (freshness.isNegative() || staleAfter.isNegative() || revalidate.isNegative()) {
      throw new IllegalArgumentException(
          "freshness, staleAfter and revalidate must not be negative: "
              + freshness
              + ", "
              + staleAfter
              + ", "
              + revalidate);
    }
    rules = List.copyOf(rules);
  }

  /** The same freshness for all tags, after which requests wait for the upstream. */
  public FreshnessPolicy(Duration freshness, Duration staleAfter) {
    this(freshness, staleAfter, List.of(), Duration.ZERO);
  }

  /** This policy with one more rule, after the others. */
  public FreshnessPolicy withRule(TagPattern tags, Duration ruled) {
    List<Rule> more = new ArrayList<>(rules);
    more.add(new Rule(tags, ruled));
    return new FreshnessPolicy(freshness, staleAfter, more, revalidate);
  }

  /** This policy, where requests get an answer at once for this long after it was fresh. */
  public FreshnessPolicy withRevalidate(Duration time) {
    return new FreshnessPolicy(freshness, staleAfter, rules, time);
  }

  /** How long answers for this tag are fresh. */
  public Duration freshness(Tag tag) {
    for (Rule rule : rules) {
      if (rule.tags.matches(tag)) {
        return rule.freshness;
      }
    }
    return freshness;
  }

  /**
   * How much longer an answer is fresh. Zero or negative when it no longer is.
   *
   * @param confirmed when the upstream gave it
   */
  public Duration ttl(Tag tag, Instant confirmed, Instant now) {
    return freshness(tag).minus(Duration.between(confirmed, now));
  }

  /**
   * How an answer may be used.
   *
   * @param ttl how much longer it is fresh
   */
  public Use use(Duration ttl) {
    if (isPositive(ttl)) {
      return Use.FRESH;
    }
    return isPositive(ttl.plus(revalidate)) ? Use.WHILE_CHECKED : Use.AFTER_CHECK;
  }

  private static boolean isPositive(Duration time) {
    return !time.isNegative() && !time.isZero();
  }
}
