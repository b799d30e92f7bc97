package dev.cistern.server.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the key that the writer of a wrong one probably meant. */
final class NearestKey {

  private NearestKey() {}

  /**
   * The full name of the nearest known key: one of the same section if it is similar, else a key of
   * the same name in another section, else the most similar one of the section.
   */
  static String to(
      String section, String key, Collection<String> siblings, Collection<String> known) {
    Optional<String> sibling =
        siblings.stream().min(Comparator.comparingInt(other -> distance(key, other)));
    Optional<String> similar = sibling.filter(other -> isTypo(key, other));
    return similar
        .map(name -> KeyNames.join(section, name))
        .or(
            () ->
                known.stream()
                    .filter(name -> KeyNames.last(name).equalsIgnoreCase(key))
                    .findFirst())
        .or(() -> sibling.map(name -> KeyNames.join(section, name)))
        .orElse(section);
  }

  /** Whether the key is probably a misspelling of the other one. */
  static boolean isTypo(String key, String other) {
    return distance(key, other) <= Math.max(1, key.length() / 3);
  }

  /**
   * The number of edits (insert, delete, replace, swap neighbours) between two words, without
   * regard to case.
   */
  static int distance(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT);
    String b = right.toLowerCase(Locale.ROOT);
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          edits[i][j] = i + j;
          continue;
        }
        int replace = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        edits[i][j] = Math.min(replace, Math.min(edits[i - 1][j], edits[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          edits[i][j] = Math.min(edits[i][j], edits[i - 2][j - 2] + 1);
        }
      }
    }
    return edits[a.length()][b.length()];
  }
}
