package dev.cistern.proxy.internal.store;

import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.Share;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The limits of a cache, and the numbers by which the index knows the upstreams that have a share.
 * Immutable.
 */
final class Shares {

  /** Content of which it is not known yet who has it. Limited like that of the default upstream. */
  static final int UNKNOWN = 0;

  /** The default upstream, and others without a share. */
  static final int DEFAULT = 1;

  /** How many numbers there are; each fits into a byte. */
  static final int NUMBERS = 256;

  /** Less than half of the numbers, so that new upstreams get numbers that were not in use. */
  private static final int MOST = 120;

  private final Limits limits;

  /** By the first component of the names of their repositories. */
  private final Map<String, Integer> numbers;

  private final Share[] shares = new Share[NUMBERS];

  private Shares(Limits limits, Map<String, Integer> numbers) {
    this.limits = limits;
    this.numbers = Map.copyOf(numbers);
    Arrays.fill(shares, Share.WHOLE);
    numbers.forEach(
        (component, number) ->
            shares[number] = Objects.requireNonNull(limits.shares().get(component)));
  }

  static Shares of(Limits limits) {
    return new Shares(limits, Map.of()).next(limits);
  }

  /** For other limits. Upstreams keep their numbers, and new ones get numbers not used here. */
  Shares next(Limits changed) {
    Map<String, Integer> next = new HashMap<>();
    Set<Integer> taken = new HashSet<>(numbers.values());
    for (String component : new TreeSet<>(changed.shares().keySet())) {
      if (next.size() < MOST) {
        int number = numbers.getOrDefault(component, free(taken));
        taken.add(number);
        next.put(component, number);
      }
    }
    return new Shares(changed, next);
  }

  private static int free(Set<Integer> taken) {
    return IntStream.range(DEFAULT + 1, NUMBERS)
        .filter(number -> !taken.contains(number))
        .findFirst()
        .orElse(DEFAULT);
  }

  Limits limits() {
    return limits;
  }

  /** How many upstreams have a share. */
  int count() {
    return numbers.size();
  }

  boolean isEmpty() {
    return numbers.isEmpty();
  }

  /** Whether content counts to the same upstreams by these and by others. */
  boolean divideAs(Shares others) {
    return numbers.equals(others.numbers)
        && limits.shares().equals(others.limits.shares())
        && limits.ttl().equals(others.limits.ttl());
  }

  /** The number of the upstream of a repository. */
  int owner(RepositoryName repository) {
    if (numbers.isEmpty()) {
      return UNKNOWN;
    }
    int slash = repository.value().indexOf('/');
    return slash < 0
        ? DEFAULT
        : numbers.getOrDefault(repository.value().substring(0, slash), DEFAULT);
  }

  /** Which of two upstreams that have the same content it counts to. */
  int prefer(int one, int other) {
    if (one == UNKNOWN || other == UNKNOWN || one == other) {
      return Math.max(one, other);
    }
    Share first = share(one);
    Share second = share(other);
    int order = Long.compare(first.maxSize(), second.maxSize());
    if (order == 0) {
      order = length(first).compareTo(length(second));
    }
    return order == 0 ? Math.min(one, other) : order > 0 ? one : other;
  }

  private Duration length(Share share) {
    Duration ttl = share.ttl().orElse(limits.ttl());
    return ttl.isZero() ? Duration.ofSeconds(Long.MAX_VALUE) : ttl;
  }

  private Share share(int owner) {
    return shares[owner];
  }

  /** How many bytes of disk an upstream may use. */
  long maxSize(int owner) {
    return share(owner).maxSize();
  }

  /** How many bytes to free of an upstream that uses this many: down to the low mark. */
  long surplus(int owner, long used) {
    Share share = share(owner);
    return used > limits.high(share) ? used - limits.low(share) : 0;
  }

  long idleBefore(int owner, Instant now) {
    return limits.idleBefore(now, share(owner));
  }

  /** The shortest ttl; zero if all content is cached forever. */
  Duration shortestTtl() {
    return Stream.concat(
            Stream.of(limits.ttl()),
            limits.shares().values().stream().flatMap(share -> share.ttl().stream()))
        .filter(ttl -> !ttl.isZero())
        .min(Duration::compareTo)
        .orElse(Duration.ZERO);
  }
}
