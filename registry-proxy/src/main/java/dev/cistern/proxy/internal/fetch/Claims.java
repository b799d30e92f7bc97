package dev.cistern.proxy.internal.fetch;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who receives which bytes of a blob: claims that have no byte in common. For one thread at a time.
 */
final class Claims {

  private final TreeMap<Long, Claim> claims = new TreeMap<>();

  /** Adds a claim of bytes that no other one has. */
  void add(Claim claim) {
    claims.put(claim.start(), claim);
  }

  void remove(Claim claim) {
    claims.remove(claim.start(), claim);
  }

  int count() {
    return claims.size();
  }

  /** How many bytes will come. */
  long missing() {
    return claims.values().stream().mapToLong(Claim::left).sum();
  }

  /** The claim that has the byte at this position. */
  Optional<Claim> at(long position) {
    return last(claims.floorEntry(position)).filter(claim -> claim.has(position));
  }

  /** The claim that has the byte before this position. */
  Optional<Claim> before(long position) {
    return last(claims.lowerEntry(position)).filter(claim -> claim.end() >= position);
  }

  private static Optional<Claim> last(Map.@Nullable Entry<Long, Claim> entry) {
    return entry == null ? Optional.empty() : Optional.of(entry.getValue());
  }

  /** Where the first claim begins after this position; {@link Runs#NONE} if there is none. */
  long nextAfter(long position) {
    Long next = claims.higherKey(position);
    return next == null ? Runs.NONE : next;
  }

  /** Cuts the last claim that no reader waits for. */
  void cutFarthest() {
    claims.descendingMap().values().stream()
        .filter(claim -> !claim.isWanted())
        .findFirst()
        .ifPresent(Claim::cut);
  }
}
