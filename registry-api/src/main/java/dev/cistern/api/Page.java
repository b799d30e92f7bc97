package dev.cistern.api;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The part of a list that a client requests (distribution specification, "Listing tags").
 * Immutable.
 *
 * <p>A page is its query, as it was received: some registries continue a list at a token, such as
 * {@code next_page=xyz}, instead of {@code last}, and some sign their links. Pages are equal when
 * their queries are.
 */
public final class Page {

  /** The longest {@link #query}. */
  public static final int MAX_QUERY = 8 * 1024;

  /** The first page, with as many entries as the server chooses. */
  public static final Page FIRST = new Page(OptionalInt.empty(), Optional.empty());

  private final OptionalInt count;
  private final Optional<String> last;
  private final String query;

  /**
   * A page without other parameters.
   *
   * @param count {@code n}: the largest number of entries, 0 for none; empty if the server chooses.
   *     A server may apply a lower limit.
   * @param last {@code last}: the page begins after this entry, which need not exist; empty for the
   *     first page
   * @throws IllegalArgumentException if the count is negative, or the entry is too long
   */
  public Page(OptionalInt count, Optional<String> last) {
    this(count, last, query(count, last));
    if (count.isPresent() && count.getAsInt() < 0) {
      throw new IllegalArgumentException(
          "Invalid number of entries: " + count.getAsInt() + "; it must not be negative");
    }
    if (query.length() > MAX_QUERY) {
      throw new IllegalArgumentException(
          "Invalid entry of a list: it is longer than " + MAX_QUERY + " characters");
    }
  }

  Page(OptionalInt count, Optional<String> last, String query) {
    this.count = count;
    this.last = last;
    this.query = query;
  }

  private static String query(OptionalInt count, Optional<String> last) {
    String n = count.isPresent() ? "n=" + count.getAsInt() : "";
    String after =
        last.map(entry -> "last=" + URLEncoder.encode(entry, StandardCharsets.UTF_8)).orElse("");
    return n + (n.isEmpty() || after.isEmpty() ? "" : "&") + after;
  }

  /**
   * Parses the query of a request or of a {@code Link} to the next page. It is kept as it is,
   * except that {@code ns} is left out, which selects a registry and is not part of the page, and
   * that characters that no query can contain are percent-encoded. Of a repeated parameter the
   * first one is used, and {@code n} or {@code last} without a value counts as absent. A number too
   * large for an {@code int} becomes the largest {@code int}.
   *
   * @param rawQuery the query as received, percent-encoded, without the question mark; may be empty
   * @throws RegistryException {@link ErrorCode#PAGINATION_NUMBER_INVALID} if {@code n} is not a
   *     number, a value is not encoded correctly, or the query is too long
   */
  public static Page parse(String rawQuery) throws RegistryException {
    return PageParser.parse(rawQuery);
  }

  /** {@code n}: the largest number of entries, 0 for none; empty if the server chooses. */
  public OptionalInt count() {
    return count;
  }

  /** {@code last}: the page begins after this entry, which need not exist. */
  public Optional<String> last() {
    return last;
  }

  /**
   * The page as a query, such as {@code n=10&last=3.19}, percent-encoded and without a question
   * mark; empty for {@link #FIRST}. For requests to an upstream and for the {@code Link} header.
   */
  public String query() {
    return query;
  }

  /**
   * Whether there are parameters other than {@code n} and {@code last}. Only the server that made
   * them knows where the page begins.
   */
  public boolean hasToken() {
    return !PageParser.token(query).isEmpty();
  }

  /** Whether both begin at the same entry, whatever number of entries they ask for. */
  public boolean beginsLike(Page other) {
    return last.equals(other.last) && PageParser.token(query).equals(PageParser.token(other.query));
  }

  /**
   * The page at the same place with this number of entries.
   *
   * @throws IllegalArgumentException if the count is negative
   */
  public Page withCount(int entries) {
    Page counted = new Page(OptionalInt.of(entries), last);
    String rest = PageParser.withoutCount(query);
    return rest.isEmpty() ? counted : new Page(counted.count, last, "n=" + entries + "&" + rest);
  }

  /** The page with the same parameters that begins after this entry. */
  Page beginningAfter(String entry) {
    Page page = new Page(count, Optional.of(entry));
    String rest = PageParser.token(query);
    return rest.isEmpty() ? page : new Page(count, page.last, page.query + "&" + rest);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Page page && page.query.equals(query);
  }

  @Override
  public int hashCode() {
    return query.hashCode();
  }

  @Override
  public String toString() {
    return "Page[" + query + "]";
  }
}
