package dev.cistern.proxy.policy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a cache may keep, and for how long.
 *
 * @param maxSize how many bytes on disk, transfers on their way included; {@link Long#MAX_VALUE}:
 *     as many as fit
 * @param highMark above how much of {@code maxSize} content begins to go, in percent
 * @param lowMark down to how much of {@code maxSize} it goes then, in percent
 * @param minFree how many bytes of the back-end to leave free for others; zero: none
 * @param ttl for how long content is kept that nobody uses; zero: for ever
 * @param sweep how often to look
 * @param pins what is kept regardless: patterns over {@code repository:tag}, see {@link
 *     Builder#pin}
 */
public record Limits(
    long maxSize,
    int highMark,
    int lowMark,
    long minFree,
    Duration ttl,
    Duration sweep,
    List<String> pins) {

  /** As much as fits, for as long as it is used once a week. */
  public static final Limits DEFAULT = builder().build();

  /** Accepts what makes sense together. */
  public Limits {
    pins = List.copyOf(pins);
    if (maxSize <= 0) {
      throw new IllegalArgumentException("maxSize must be positive: " + maxSize);
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

  /** Starts from {@link #DEFAULT}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Above how many bytes content begins to go. */
  public long high() {
    return part(highMark);
  }

  /** How many bytes may stay once content has to go. */
  public long low() {
    return part(lowMark);
  }

  private long part(int percent) {
    return maxSize == Long.MAX_VALUE
        ? maxSize
        : maxSize / 100 * percent + maxSize % 100 * percent / 100;
  }

  /** What was last used before that goes, in milliseconds since the epoch. */
  public long idleBefore(Instant now) {
    return ttl.isZero() ? Long.MIN_VALUE : now.minus(ttl).toEpochMilli();
  }

  /** Describes limits. */
  public static final class Builder {

    private long maxSize = Long.MAX_VALUE;
    private int highMark = 100;
    private int lowMark = 90;
    private long minFree;
    private Duration ttl = Duration.ofDays(7);
    private Duration sweep = Duration.ofMinutes(1);
    private final List<String> pins = new ArrayList<>();

    private Builder() {}

    /** How many bytes on disk to use at most; unlimited by default. */
    public Builder maxSize(long bytes) {
      maxSize = bytes;
      return this;
    }

    /**
     * Above how many percent of the maximum size content begins to go; 100 by default. Below 100 it
     * is the sweep that lets go, before a transfer has to. The low mark comes down with it.
     */
    public Builder highMark(int percent) {
      highMark = percent;
      lowMark = Math.min(lowMark, percent);
      return this;
    }

    /** Down to how many percent of the maximum size content goes then; 90 by default. */
    public Builder lowMark(int percent) {
      lowMark = percent;
      return this;
    }

    /** How many bytes of the back-end to leave free; none by default. */
    public Builder minFree(long bytes) {
      minFree = bytes;
      return this;
    }

    /** For how long unused content is kept, zero: for ever; 168 hours by default. */
    public Builder ttl(Duration idle) {
      ttl = Objects.requireNonNull(idle);
      return this;
    }

    /** How often to look for what has to go; each minute by default. */
    public Builder sweep(Duration interval) {
      sweep = Objects.requireNonNull(interval);
      return this;
    }

    /**
     * Keeps an image whatever happens, with everything that its manifests name.
     *
     * @param pattern such as {@code library/alpine:3.*}: a repository and a tag, in which {@code *}
     *     stands for any characters, the slash included, and {@code ?} for one; without a colon it
     *     means all tags
     */
    public Builder pin(String pattern) {
      pins.add(pattern);
      return this;
    }

    /**
     * The limits.
     *
     * @throws IllegalArgumentException when they make no sense
     */
    public Limits build() {
      return new Limits(maxSize, highMark, lowMark, minFree, ttl, sweep, pins);
    }
  }
}
