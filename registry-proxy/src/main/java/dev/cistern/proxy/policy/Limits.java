package dev.cistern.proxy.policy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
 */
public record Limits(
    long maxSize,
    long maxBlobSize,
    int highMark,
    int lowMark,
    long minFree,
    Duration ttl,
    Duration sweep,
    List<String> pins) {

  /** Unlimited in size; content is evicted after a week without use. */
  public static final Limits DEFAULT = builder().build();

  /** Accepts consistent values. */
  public Limits {
    pins = List.copyOf(pins);
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
    return part(highMark);
  }

  /** The low mark in bytes: eviction ends there. */
  public long low() {
    return part(lowMark);
  }

  private long part(int percent) {
    return maxSize == Long.MAX_VALUE
        ? maxSize
        : maxSize / 100 * percent + maxSize % 100 * percent / 100;
  }

  /** Content last used before this time is evicted, in milliseconds since the epoch. */
  public long idleBefore(Instant now) {
    return ttl.isZero() ? Long.MIN_VALUE : now.minus(ttl).toEpochMilli();
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
     * Makes the limits.
     *
     * @throws IllegalArgumentException when the values are not consistent
     */
    public Limits build() {
      return new Limits(maxSize, maxBlobSize, highMark, lowMark, minFree, ttl, sweep, pins);
    }
  }
}
