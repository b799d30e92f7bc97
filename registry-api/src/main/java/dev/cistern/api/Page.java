package dev.cistern.api;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The part of a list that a client asks for (distribution specification, "Listing tags").
 * Immutable.
 *
 * @param count {@code n}: at most how many entries, 0 for none; empty when the client leaves it to
 *     the server. Any limit of the server's own is the server's to apply.
 * @param last {@code last}: the entry after which the page begins, which need not exist; empty for
 *     the beginning
 */
public record Page(OptionalInt count, Optional<String> last) {

  /** The whole list, as far as the server gives it at once. */
  public static final Page FIRST = new Page(OptionalInt.empty(), Optional.empty());

  /** Accepts counts that are not negative. */
  public Page {
    if (count.isPresent() && count.getAsInt() < 0) {
      throw new IllegalArgumentException("No count of entries: " + count.getAsInt());
    }
  }

  /**
   * Reads {@code n} and {@code last} from a query, of a request or of a {@code Link} to the next
   * page. Other parameters are ignored, the first of a repeated one counts, and one without a value
   * is as good as absent. A number too large for an {@code int} stands as the largest.
   *
   * @param rawQuery the query as it came, percent-encoded, without the question mark; may be empty
   * @throws RegistryException {@link ErrorCode#PAGINATION_NUMBER_INVALID} for an {@code n} that is
   *     no number of entries, or a value that is not properly encoded
   */
  public static Page parse(String rawQuery) throws RegistryException {
    return PageParser.parse(rawQuery);
  }

  /**
   * The page as a query, such as {@code n=10&last=3.19}, percent-encoded and without a question
   * mark; empty for {@link #FIRST}. For the request to an upstream and for the {@code Link} header.
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
    return query.toString();
  }
}
