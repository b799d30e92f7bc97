package dev.cistern.proxy.policy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How much a cache may store, and for how long.
 *
 * @param maxSize the largest size on disk in bytes, including transfers in progress; {@link
 *     Long#MAX_VALUE}: unlimited
 * @param maxBlobSize the largest blob to fetch, in bytes; {@link Long#MAX_VALUE}: unlimited
 * @param highMark above this percentage of {@code maxSize}, content is evicted
 * @param lowMark down to this percentage of {@code maxSize}
 * @param minFree how many bytes of the back-end to leave free; zero: none
 * @param ttl how long unused content is cached; zero: forever
 * @param sweep the interval between sweeps, which evict content
 * @param pins images that are never evicted: patterns of {@code repository:tag}, see {@link
 *     Builder#pin}
 * @param shares what upstreams other than the default one may use, see {@link Builder#share}
 */
public record Limits(
    long maxSize,
    long maxBlobSize,
    int highMark,
    int lowMark,
    long minFree,
    Duration ttl,
    Duration sweep,
    List<String> pins,
    Map<String, Share> shares) {

  /** Unlimited in size; content is evicted after a week without use. */
  public static final Limits DEFAULT = builder().build();

  /** Accepts consistent values. */
  public Limits {
    pins = List.copyOf(pins);
    shares = Map.copyOf(shares);
    if (maxSize <= 0) {
      throw new IllegalArgumentException("maxSize must be positive: " + maxSize);
    }
    if (maxBlobSize <= 0) {
      throw new IllegalArgumentException("maxBlobSize must be positive: " + maxBlobSize);
    }
    if (highMark < 1 || highMark > 100) {
      throw new IllegalArgumentException("highMark must be from 1 to 100: " + highMark);
    }
    if (lowMark < 1 || lowMark > highMark) {
      throw new IllegalArgumentException(
          "lowMark must be from 1 to highMark, which is " + highMark + ": " + lowMark);
    }
    if (minFree < 0) {
      throw new IllegalArgumentException("minFree must not be negative: " + minFree);
    }
    if (ttl.isNegative()) {
      throw new IllegalArgumentException("ttl must not be negative: " + ttl);
    }
    if (sweep.isNegative() || sweep.isZero()) {
      throw new IllegalArgumentException("sweep must be positive: " + sweep);
    }
    pins.forEach(ImagePattern::parse);
  }

  /** Returns a builder with the values of {@link #DEFAULT}. */
  public static Builder builder() {
    return new Builder();
  }

  /** The high mark in bytes: above it, content is evicted. */
  public long high() {
    return part(maxSize, highMark);
  }

  /** The low mark in bytes: eviction ends there. */
  public long low() {
    return part(maxSize, lowMark);
  }

  /** The high mark of a share in bytes. */
  public long high(Share share) {
    return part(share.maxSize(), highMark);
  }

  /** The low mark of a share in bytes. */
  public long low(Share share) {
    return part(share.maxSize(), lowMark);
  }

  private static long part(long size, int percent) {
    return size == Long.MAX_VALUE ? size : size / 100 * percent + size % 100 * percent / 100;
  }

  /** Content last used before this time is evicted, in milliseconds since the epoch. */
  public long idleBefore(Instant now) {
    return idleBefore(now, ttl);
  }

  /** As above, for content of this share. */
  public long idleBefore(Instant now, Share share) {
    return idleBefore(now, share.ttl().orElse(ttl));
  }

  private static long idleBefore(Instant now, Duration ttl) {
    return ttl.isZero() ? Long.MIN_VALUE : now.minus(ttl).toEpochMilli();
  }

  /** For a part of the content on another disk: with another size, and without shares. */
  public Limits withMaxSize(long bytes) {
    return new Limits(bytes, maxBlobSize, highMark, lowMark, minFree, ttl, sweep, pins, Map.of());
  }

  /** With another ttl. */
  public Limits withTtl(Duration idle) {
    return new Limits(maxSize, maxBlobSize, highMark, lowMark, minFree, idle, sweep, pins, shares);
  }

  /** With other shares. */
  public Limits withShares(Map<String, Share> others) {
    return new Limits(maxSize, maxBlobSize, highMark, lowMark, minFree, ttl, sweep, pins, others);
  }

  /** Builds limits. */
  public static final class Builder {

    private long maxSize = Long.MAX_VALUE;
    private long maxBlobSize = 64L << 30;
    private int highMark = 100;
    private int lowMark = 90;
    private long minFree;
    private Duration ttl = Duration.ofDays(7);
    private Duration sweep = Duration.ofMinutes(1);
    private final List<String> pins = new ArrayList<>();
    private final Map<String, Share> shares = new HashMap<>();

    private Builder() {}

    /** The largest size on disk in bytes; unlimited by default. */
    public Builder maxSize(long bytes) {
      maxSize = bytes;
      return this;
    }

    /** The largest blob to fetch, in bytes; 64 GiB by default. */
    public Builder maxBlobSize(long bytes) {
      maxBlobSize = bytes;
      return this;
    }

    /**
     * Above this percentage of the maximum size, content is evicted; 100 by default. Below 100 the
     * sweep evicts, before a transfer has to. Lowers the low mark if it would be higher.
     */
    public Builder highMark(int percent) {
      highMark = percent;
      lowMark = Math.min(lowMark, percent);
      return this;
    }

    /** The percentage of the maximum size at which eviction ends; 90 by default. */
    public Builder lowMark(int percent) {
      lowMark = percent;
      return this;
    }

    /** How many bytes of the back-end to leave free; none by default. */
    public Builder minFree(long bytes) {
      minFree = bytes;
      return this;
    }

    /** How long unused content is cached; zero: forever; 168 hours by default. */
    public Builder ttl(Duration idle) {
      ttl = Objects.requireNonNull(idle);
      return this;
    }

    /** The interval between sweeps; one minute by default. */
    public Builder sweep(Duration interval) {
      sweep = Objects.requireNonNull(interval);
      return this;
    }

    /**
     * Never evicts these images, with everything that their manifests refer to.
     *
     * @param pattern such as {@code library/alpine:3.*}, see {@link ImagePattern}
     */
    public Builder pin(String pattern) {
      pins.add(pattern);
      return this;
    }

    /**
     * Limits the content of an upstream other than the default one. At most 120 upstreams have
     * shares; others are limited as the default upstream is.
     *
     * @param component the first component of the names of its repositories in the cache
     */
    public Builder share(String component, Share share) {
      shares.put(Objects.requireNonNull(component), Objects.requireNonNull(share));
      return this;
    }

    /**
     * Makes the limits.
     *
     * @throws IllegalArgumentException when the values are not consistent
     */
    public Limits build() {
      return new Limits(maxSize, maxBlobSize, highMark, lowMark, minFree, ttl, sweep, pins, shares);
    }
  }
}
