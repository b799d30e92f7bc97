package dev.cistern.proxy.internal.cluster;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * Orders nodes for a key by rendezvous hashing (highest random weight). All who know the same nodes
 * get the same order, in whatever order they know them. Without its first node, a key has the
 * second one, and no other key changes; a new node takes an equal part from each of the others.
 *
 * <p>The weight of a node does not depend on the other nodes. So if each node asks only those
 * before itself, no circle can arise, even where nodes know different ones.
 */
final class Rendezvous {

  private record Weighted<N>(N node, String name, long weight) {}

  private Rendezvous() {}

  /**
   * The nodes, the owner of the key first.
   *
   * @param name of a node; the same wherever it is known, and unlike that of any other
   */
  static <N> List<N> rank(Collection<N> nodes, Function<N, String> name, String key) {
    MessageDigest hash = sha256();
    List<Weighted<N>> weighted = new ArrayList<>(nodes.size());
    for (N node : nodes) {
      String its = name.apply(node);
      weighted.add(new Weighted<>(node, its, weight(hash, its, key)));
    }
    weighted.sort(
        Comparator.<Weighted<N>>comparingLong(Weighted::weight)
            .reversed()
            .thenComparing(Weighted::name));
    return weighted.stream().map(Weighted::node).toList();
  }

  private static long weight(MessageDigest hash, String name, String key) {
    byte[] bytes = hash.digest((name + '\n' + key).getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.wrap(bytes).getLong();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
