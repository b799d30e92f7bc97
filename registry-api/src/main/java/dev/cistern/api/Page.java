package dev.cistern.api;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * The part of a list that a client requests (distribution specification, "Listing tags").
 * Immutable.
 *
 * @param count {@code n}: the largest number of entries, 0 for none; empty if the server chooses. A
 *     server may apply a lower limit.
 * @param last {@code last}: the page begins after this entry, which need not exist; empty for the
 *     first page
 * @param extra the other parameters, as received and percent-encoded: some registries continue a
 *     list at a token, such as {@code next_page=xyz}, instead of {@code last}. Empty for none
 */
public record Page(OptionalInt count, Optional<String> last, String extra) {

  /** The longest {@link #extra}. */
  public static final int MAX_EXTRA = 4096;

  private static final Pattern QUERY = Pattern.compile("[!$%&'()*+,\\-./0-9:;=?@A-Z_a-z~]*+");

  /** The first page, with as many entries as the server chooses. */
  public static final Page FIRST = new Page(OptionalInt.empty(), Optional.empty());

  /** A page without other parameters. */
  public Page(OptionalInt count, Optional<String> last) {
    this(count, last, "");
  }

  /** Rejects a negative count, and other parameters that are too long or not encoded. */
  public Page {
    if (count.isPresent() && count.getAsInt() < 0) {
      throw new IllegalArgumentException(
          "Invalid number of entries: " + count.getAsInt() + "; it must not be negative");
    }
    if (extra.length() > MAX_EXTRA || !isEncoded(extra)) {
      throw new IllegalArgumentException(
          "Invalid parameters of a list: they must be percent-encoded, and not longer than "
              + MAX_EXTRA
              + " characters");
    }
  }

  /**
   * Parses {@code n} and {@code last} from the query of a request or of a {@code Link} to the next
   * page. Other parameters are kept as they are, except {@code ns}, which selects a registry and is
   * not part of the page. Of a repeated parameter the first one is used, and a parameter without a
   * value is ignored. A number too large for an {@code int} becomes the largest {@code int}.
   *
   * @param rawQuery the query as received, percent-encoded, without the question mark; may be empty
   * @throws RegistryException {@link ErrorCode#PAGINATION_NUMBER_INVALID} if {@code n} is not a
   *     number, a value is not encoded correctly, or the other parameters are too long
   */
  public static Page parse(String rawQuery) throws RegistryException {
    return PageParser.parse(rawQuery);
  }

  static boolean isEncoded(String parameters) {
    return QUERY.matcher(parameters).matches();
  }

  /**
   * The page as a query, such as {@code n=10&last=3.19}, percent-encoded and without a question
   * mark; empty for {@link #FIRST}. For requests to an upstream and for the {@code Link} header.
   */
  public String toQuery() {
    StringBuilder query = new StringBuilder();
    count.ifPresent(n -> query.append("n=").append(n));
    last.ifPresent(
        entry ->
            query
                .append(query.isEmpty() ? "" : "&")
                .append("last=")
                .append(URLEncoder.encode(entry, StandardCharsets.UTF_8)));
    if (!extra.isEmpty()) {
      query.append(query.isEmpty() ? "" : "&").append(extra);
    }
    return query.toString();
  }
}
