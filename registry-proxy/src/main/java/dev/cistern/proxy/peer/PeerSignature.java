package dev.cistern.proxy.peer;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The signature of a request from one cache of a cluster to another, in the header {@code
 * Cistern-Peer}:
 *
 * <pre>
 * Cistern-Peer: v1;cistern-4b1f...;1780000000;q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA
 * </pre>
 *
 * <p>These are the version, the name of the sender, the time in seconds since 1970, and the
 * HMAC-SHA256 over {@code cistern-peer-v1}, the method, the path with its query, the sender and the
 * time, each on a line, with the secret of the cluster as key, in Base64 for URLs without padding.
 *
 * <p>Someone who copies a header can repeat that request until its time is too far in the past. The
 * request reads one thing, and every method but GET and HEAD is refused. Thread-safe.
 */
public final class PeerSignature {

  /** The name of the header, in requests and in answers. */
  public static final String HEADER = "Cistern-Peer";

  /**
   * The header in which a request says which upstream it means, as {@link
   * dev.cistern.proxy.PullThroughCache#upstreamOf} does. While configurations are changed one after
   * the other, the same name may be of another upstream at the receiver, which must not answer
   * then.
   */
  public static final String UPSTREAM_HEADER = "Cistern-Upstream";

  /** The shortest secret. */
  public static final int LEAST_SECRET = 16;

  /** How far the clocks of two caches may differ. */
  public static final Duration WINDOW = Duration.ofMinutes(15);

  private static final String ALGORITHM = "HmacSHA256";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");
  private static final Pattern FORMAT =
      Pattern.compile("v1;([A-Za-z0-9._-]{1,100});([0-9]{1,12});([A-Za-z0-9_-]{43})");

  private final SecretKeySpec key;
  private final String node;
  private final InstantSource clock;

  private PeerSignature(SecretKeySpec key, String node, InstantSource clock) {
    this.key = key;
    this.node = node;
    this.clock = clock;
  }

  /**
   * The signatures of one cache.
   *
   * @param secret the same for all caches of the cluster, at least {@value #LEAST_SECRET}
   *     characters
   * @param node the name of this cache, unlike that of any other
   * @throws IllegalArgumentException for a shorter secret or a name of other characters; the
   *     message does not repeat the secret
   */
  public static PeerSignature of(String secret, String node, InstantSource clock) {
    if (secret.length() < LEAST_SECRET) {
      throw new IllegalArgumentException(
          "the secret of peers must have at least " + LEAST_SECRET + " characters");
    }
    requireName(node);
    return new PeerSignature(
        new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM), node, clock);
  }

  static String requireName(String node) {
    if (!NAME.matcher(node).matches()) {
      throw new IllegalArgumentException(
          "the name of a peer must be 1 to 100 letters, digits, dots, hyphens or underscores");
    }
    return node;
  }

  /** The name of this cache. */
  public String node() {
    return node;
  }

  /**
   * The value of the header.
   *
   * @param target the path with its query, as in the request line
   */
  public String sign(String method, String target) {
    long time = clock.instant().getEpochSecond();
    return "v1;" + node + ";" + time + ";" + mac(method, target, node, time);
  }

  /**
   * Checks a request that claims to come from a peer.
   *
   * @param header the value of the header
   * @param target the path with its query, as it came
   * @return the name of the sender
   * @throws RegistryException {@code DENIED}, with the reason for an operator
   */
  public String verify(String header, String method, String target) throws RegistryException {
    Matcher parts = FORMAT.matcher(header);
    if (!parts.matches()) {
      throw denied("it is not in the form of this version of Cistern");
    }
    String sender = parts.group(1);
    long time = Long.parseLong(parts.group(2));
    // Compares in the same time wherever the first difference is.
    boolean right =
        MessageDigest.isEqual(
            mac(method, target, sender, time).getBytes(StandardCharsets.US_ASCII),
            parts.group(3).getBytes(StandardCharsets.US_ASCII));
    if (!right) {
      throw denied("its signature is wrong; set the same proxy.peers.secret on all servers");
    }
    Duration old = age(time);
    if (old.abs().compareTo(WINDOW) > 0) {
      throw denied(
          "it was signed "
              + old.abs().toSeconds()
              + " s "
              + (old.isNegative() ? "ahead of" : "behind")
              + " the clock of this server; set the clocks of both servers");
    }
    return sender;
  }

  private Duration age(long time) throws RegistryException {
    try {
      return Duration.between(Instant.ofEpochSecond(time), clock.instant());
    } catch (DateTimeException | ArithmeticException e) {
      throw denied("it has no valid time");
    }
  }

  private String mac(String method, String target, String sender, long time) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      String signed =
          String.join("\n", "cistern-peer-v1", method, target, sender, Long.toString(time));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
    }
  }

  private static RegistryException denied(String reason) {
    return new RegistryException(
        ErrorCode.DENIED, "The header " + HEADER + " of a peer is refused: " + reason);
  }

  @Override
  public String toString() {
    return "PeerSignature[" + node + "]";
  }
}
