package dev.cistern.server.fault;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What clients get, whatever the upstream does: a table for people, and each of its cells a test.
 */
final class FaultMatrix {

  static final String BY_DIGEST = "by digest, cached";

  private static final String TABLE =
      """
      | upstream                                     | tag      | tag, HEAD   | tag, cached | tag, HEAD, cached | manifest | blob                 | small blob | range               | blob, HEAD    | by digest, cached | cause named                          |
      |----------------------------------------------|----------|-------------|-------------|-------------------|----------|----------------------|------------|---------------------|---------------|-------------------|--------------------------------------|
      | connection refused                           | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                  | 502        | 502                 | 502           | served            | no connection                        |
      | host name unknown                            | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                  | 502        | 502                 | 502           | served            | cannot be resolved                   |
      | certificate not trusted                      | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                  | 502        | 502                 | 502           | served            | TLS failed                           |
      | reset before any answer                      | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                  | 502        | 502                 | 502           | served            | Connection reset                     |
      | closed before any answer                     | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                  | 502        | 502                 | 502           | served            | end of stream                        |
      | something else than HTTP                     | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                  | 502        | 502                 | 502           | served            | status line                          |
      | silent                                       | 504      | 504         | 200 stale   | 200 stale         | 504      | 504                  | 504        | 504                 | 504           | served            | timed out                            |
      | silent after the headers                     | 504      | 200         | 200         | 200               | 504      | 200 cut              | 504        | 206 cut             | 200           | served            | timed out                            |
      | body cut at half, once                       | 502      | 200         | 200         | 200               | 502      | 200                  | 200        | 206                 | 200           | served            | end of stream                        |
      | body cut at half, twice                      | 502      | 200         | 200         | 200               | 502      | 200                  | 200        | 206                 | 200           | served            | end of stream                        |
      | body cut at half, always                     | 502      | 200         | 200         | 200               | 502      | 200 cut / 502        | 502        | 206 cut / 502       | 200           | served            | end of stream                        |
      | reset in the middle of the body, once        | 502      | 200         | 200         | 200               | 502      | 200                  | 200        | 206                 | 200           | served            | Connection reset                     |
      | body stalls at half, once                    | 504      | 200         | 200         | 200               | 504      | 200                  | 200        | 206                 | 200           | served            | timed out                            |
      | body slows to a trickle, once                | 504      | 200         | 200         | 200               | 504      | 200                  | 200        | 206                 | 200           | served            | timed out                            |
      | body cut, then Range ignored                 | 502      | 200         | 200         | 200               | 502      | 200                  | 200        | 206                 | 200           | served            | end of stream                        |
      | body cut, then another range than asked for  | 502      | 200         | 200         | 200               | 502      | 200 cut / 502        | 502        | 206 cut / 502       | 200           | served            | end of stream / asked for bytes from |
      | first byte wrong, once                       | 502      | 200         | 200         | 200               | 502      | 200 cut, wrong / 502 | 200        | 206 / 206 cut / 502 | 200           | served            | has the digest                       |
      | last byte wrong, once                        | 502      | 200         | 200         | 200               | 502      | 200                  | 200        | 206                 | 200           | served            | has the digest                       |
      | last byte wrong, always                      | 502      | 200         | 200         | 200               | 502      | 200 cut / 502        | 502        | 206 / 206 cut / 502 | 200           | served            | digest is / has the digest           |
      | body longer than declared                    | 502      | 200 as told | 200         | 200               | 502      | 200 cut / 502        | 502        | 206 / 206 cut / 502 | 200 as told   | served            | digest is / has the digest           |
      | body shorter than declared                   | 502      | 200 as told | 200         | 200               | 502      | 200 cut / 502        | 502        | 206 / 206 cut / 502 | 200 as told   | served            | end of stream / 2000 of 2005 bytes   |
      | digest header that contradicts               | 502      | 200 as told | 200 stale   | 200 as told       | 502      | 200                  | 200        | 206                 | 200           | served            | has the digest                       |
      | web page instead of a manifest               | 502      | 502         | 200 stale   | 200 stale         | 502      | 200                  | 200        | 206                 | 200           | served            | not a manifest / has the digest      |
      | manifest of another digest                   | 502      | 200         | 200         | 200               | 502      | 200                  | 200        | 206                 | 200           | served            | has the digest                       |
      | no digest header                             | 200      | 200         | 200         | 200               | 200      | 200                  | 200        | 206                 | 200           | served            |                                      |
      | chunked, without a length                    | 200      | 200         | 200         | 200               | 200      | 200                  | 200        | 206                 | 200 no length | served            |                                      |
      | HEAD without a length                        | 200      | 200         | 200         | 200               | 200      | 200                  | 200        | 206                 | 200 no length | served            |                                      |
      | HEAD answered with 405                       | 200      | 200         | 200         | 200               | 200      | 200                  | 200        | 206                 | 200           | served            |                                      |
      | 403                                          | 403      | 403         | 403         | 403               | 403      | 403                  | 403        | 403                 | 403           | served            | answered 403                         |
      | 404                                          | 404      | 404         | 404         | 404               | 404      | 404                  | 404        | 404                 | 404           | served            | answered 404                         |
      | 429                                          | 429 wait | 429 wait    | 200 stale   | 200 stale         | 429 wait | 429 wait             | 429 wait   | 429 wait            | 429 wait      | served            | answered 429                         |
      | 500                                          | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                  | 502        | 502                 | 502           | served            | answered 500                         |
      | 502                                          | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                  | 502        | 502                 | 502           | served            | answered 502                         |
      | 401, nothing asked for                       | 403      | 403         | 403         | 403               | 403      | 403                  | 403        | 403                 | 403           | served            | answered 401                         |
      | 401, password asked for                      | 403      | 403         | 403         | 403               | 403      | 403                  | 403        | 403                 | 403           | served            | none are configured                  |
      | 401, token service says 401                  | 403      | 403         | 403         | 403               | 403      | 403                  | 403        | 403                 | 403           | served            | answered 401                         |
      | 401, token service says 500                  | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                  | 502        | 502                 | 502           | served            | answered 500                         |
      | 401, token is refused                        | 403      | 403         | 403         | 403               | 403      | 403                  | 403        | 403                 | 403           | served            | answered 401                         |
      | 429 with Retry-After                         | 429 wait | 429 wait    | 200 stale   | 200 stale         | 429 wait | 429 wait             | 429 wait   | 429 wait            | 429 wait      | served            | answered 429                         |
      | 503 with Retry-After                         | 502 wait | 502 wait    | 200 stale   | 200 stale         | 502 wait | 502 wait             | 502 wait   | 502 wait            | 502 wait      | served            | answered 503                         |
      | 307 to a storage service                     | 200      | 200         | 200         | 200               | 200      | 200                  | 200        | 206                 | 200           | served            |                                      |
      | 307 to a signed URL that has expired, once   | 200      | 200         | 200         | 200               | 200      | 200                  | 200        | 206                 | 200           | served            |                                      |
      | 307 to a signed URL that has expired, always | 200      | 200         | 200         | 200               | 200      | 403                  | 403        | 403                 | 403           | served            | after a redirect to localhost        |
      | 307, body cut, signed URL expired by then    | 200      | 200         | 200         | 200               | 200      | 200                  | 200        | 206                 | 200           | served            |                                      |
      | relative redirect                            | 200      | 200         | 200         | 200               | 200      | 200                  | 200        | 206                 | 200           | served            |                                      |
      | redirects in a circle                        | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                  | 502        | 502                 | 502           | served            | more than 10 times                   |
      | redirect to nowhere                          | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                  | 502        | 502                 | 502           | served            | without saying where                 |
      """;

  private static final String DOCUMENT =
      """
      # What clients get when the upstream fails

      Each cell below is a test: a real request through the server, to a cache of its own, whose upstream
      goes wrong as the row says. The table stands in `FaultMatrix.java` and is copied here by

          mvn -pl registry-server -am test -Dtest=FaultMatrixTest -Dcistern.docs.write=true \\
              -Dsurefire.failIfNoSpecifiedTests=false

      The columns are requests: for a manifest by tag, with GET and HEAD, when nothing and when everything
      is cached; and by digest, when nothing is cached: for a manifest, a blob of 300 kB, a blob of 2 kB, the
      bytes 100000 to 199999 of the large blob, and its HEAD. What is cached is served by digest without
      asking the upstream at all.

      The cells are answers:

      - `200`, `206`: complete and right.
      - `200 stale`: right when the upstream last said so, and marked with `Warning: 110`, `Age` and
        `Cache-Status`.
      - `200 cut`: the connection ends before the body does, so that no client takes it for complete. The
        last 64 KiB of a blob are sent only once the whole is verified; a smaller blob is therefore
        answered whole or with an error. With `wrong`, bytes before the cut are wrong too.
      - `200 cut / 502`: whichever comes first, the headers or the failure. A range may even be complete by
        then.
      - `200 as told`: an answer to HEAD with the digest or length that the upstream named in its headers;
        the content that contradicts them is never passed on.
      - `200 no length`: an answer to HEAD without a length, as the upstream names none.
      - `404`: the upstream said so, and nothing else becomes a 404. It is also the truth about a tag that
        is cached.
      - `403`: `DENIED`. The upstream wants credentials that the client could not give, so it is never a 401.
      - `429`: with `Retry-After` (`wait`), the upstream's or one of our own.
      - `502`, `504`: with the upstream's `Retry-After` where it gave one (`wait`).

      Every error names the upstream, and the cause as the last column has it.

      Ranges of a blob that is still arriving are answered as soon as their bytes are here, before the whole
      is verified; only the blob's last 64 KiB are not. A client that needs to be sure verifies what it
      asked for, as those that pull lazily do.

      %s
      ## Beyond a single request

      - A transfer that breaks off goes on from where it was, for as long as bytes come, and then for half a
        minute; one that the cache's own end broke off goes on when it runs again.
      - After three failures in a row the upstream is left alone and asked again in the background, after a
        second at first and every five at most. Meanwhile cached tags are answered at once, stale, and what
        is not cached fails at once. The same holds for as long as a 429 says.
      - What the upstream says does not exist is not asked for again for `proxy.negativettl`.
      - A tag's check is waited for `proxy.staleafter` when an older answer is cached.
      """;

  /**
   * A fault and what becomes of it.
   *
   * @param outcomes what each question is answered with
   * @param byDigest what all questions by digest are answered with when the content is cached
   * @param causes one of which every error names
   */
  record Row(String fault, Map<Question, String> outcomes, String byDigest, List<String> causes) {}

  private FaultMatrix() {}

  static List<Row> rows() {
    return TABLE.lines().skip(2).map(FaultMatrix::row).toList();
  }

  private static Row row(String line) {
    List<String> cells = cells(line);
    Map<Question, String> outcomes = new EnumMap<>(Question.class);
    Question[] questions = Question.values();
    for (Question question : questions) {
      outcomes.put(question, cells.get(1 + question.ordinal()));
    }
    return new Row(
        cells.get(0),
        outcomes,
        cells.get(1 + questions.length),
        List.of(cells.get(2 + questions.length).split(" / ", -1)));
  }

  /** The titles of the columns. */
  static List<String> titles() {
    return cells(TABLE.lines().findFirst().orElseThrow());
  }

  private static List<String> cells(String line) {
    return Arrays.stream(line.substring(1, line.length() - 1).split("\\|", -1))
        .map(String::strip)
        .toList();
  }

  static String document() {
    return DOCUMENT.formatted(TABLE);
  }
}
