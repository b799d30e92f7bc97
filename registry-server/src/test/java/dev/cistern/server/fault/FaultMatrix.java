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
      | upstream                                     | tag      | tag, HEAD   | tag, cached | tag, HEAD, cached | manifest | blob                           | small blob | range               | range, relay        | blob, HEAD    | by digest, cached | cause named                          |
      |----------------------------------------------|----------|-------------|-------------|-------------------|----------|--------------------------------|------------|---------------------|---------------------|---------------|-------------------|--------------------------------------|
      | connection refused                           | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                            | 502        | 502                 | 502                 | 502           | served            | no connection                        |
      | host name unknown                            | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                            | 502        | 502                 | 502                 | 502           | served            | cannot be resolved                   |
      | certificate not trusted                      | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                            | 502        | 502                 | 502                 | 502           | served            | TLS failed                           |
      | reset before any answer                      | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                            | 502        | 502                 | 502                 | 502           | served            | Connection reset                     |
      | closed before any answer                     | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                            | 502        | 502                 | 502                 | 502           | served            | end of stream                        |
      | something else than HTTP                     | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                            | 502        | 502                 | 502                 | 502           | served            | status line                          |
      | silent                                       | 504      | 504         | 200 stale   | 200 stale         | 504      | 504                            | 504        | 504                 | 504                 | 504           | served            | timed out                            |
      | silent after the headers                     | 504      | 200         | 200         | 200               | 504      | 200 cut                        | 504        | 206 cut             | 504                 | 200           | served            | timed out                            |
      | body cut at half, once                       | 502      | 200         | 200         | 200               | 502      | 200                            | 200        | 206                 | 206                 | 200           | served            | end of stream                        |
      | body cut at half, twice                      | 502      | 200         | 200         | 200               | 502      | 200                            | 200        | 206                 | 206                 | 200           | served            | end of stream                        |
      | body cut at half, always                     | 502      | 200         | 200         | 200               | 502      | 200 cut / 502                  | 502        | 206 cut / 502       | 206 cut / 502       | 200           | served            | end of stream                        |
      | reset in the middle of the body, once        | 502      | 200         | 200         | 200               | 502      | 200                            | 200        | 206                 | 206                 | 200           | served            | Connection reset                     |
      | body stalls at half, once                    | 504      | 200         | 200         | 200               | 504      | 200                            | 200        | 206                 | 206                 | 200           | served            | timed out                            |
      | body slows to a trickle, once                | 504      | 200         | 200         | 200               | 504      | 200                            | 200        | 206                 | 206                 | 200           | served            | timed out                            |
      | body cut, then Range ignored                 | 502      | 200         | 200         | 200               | 502      | 200                            | 200        | 206                 | 206                 | 200           | served            | end of stream                        |
      | body cut, then another range than asked for  | 502      | 200         | 200         | 200               | 502      | 200                            | 200        | 206                 | 206                 | 200           | served            | end of stream                         |
      | first byte wrong, once                       | 502      | 200         | 200         | 200               | 502      | 200 cut / 200 cut, wrong / 502 | 200        | 206 / 206 cut / 502 | 206 wrong           | 200           | served            | has the digest / sent other bytes    |
      | last byte wrong, once                        | 502      | 200         | 200         | 200               | 502      | 200                            | 200        | 206                 | 206 wrong           | 200           | served            | has the digest                       |
      | last byte wrong, always                      | 502      | 200         | 200         | 200               | 502      | 200 cut / 502                  | 502        | 206 / 206 cut / 502 | 206 wrong           | 200           | served            | digest is / has the digest           |
      | body longer than declared                    | 502      | 200 as told | 200         | 200               | 502      | 200 cut / 502                  | 502        | 206 / 206 cut / 502 | 206                 | 200 as told   | served            | digest is / has the digest           |
      | body shorter than declared                   | 502      | 200 as told | 200         | 200               | 502      | 200 cut / 502                  | 502        | 206 / 206 cut / 502 | 206                 | 200 as told   | served            | end of stream / 2000 of 2005 bytes   |
      | digest header that contradicts               | 502      | 200 as told | 200 stale   | 200 as told       | 502      | 200                            | 200        | 206                 | 206                 | 200           | served            | has the digest                       |
      | web page instead of a manifest               | 502      | 502         | 200 stale   | 200 stale         | 502      | 200                            | 200        | 206                 | 206                 | 200           | served            | not a manifest / has the digest      |
      | manifest of another digest                   | 502      | 200         | 200         | 200               | 502      | 200                            | 200        | 206                 | 206                 | 200           | served            | has the digest                       |
      | blob shorter at first, then whole            | 200      | 200         | 200         | 200               | 200      | 200 cut / 502                  | 200        | 206 / 206 cut / 502 | 206 / 206 cut / 502 | 200 as told   | served            | digest is / announced                |
      | blob longer at first, then right             | 200      | 200         | 200         | 200               | 200      | 200 cut / 502                  | 200        | 206 / 206 cut / 502 | 206 / 206 cut / 502 | 200 as told   | served            | digest is / announced                |
      | chunked and shorter at first, then whole     | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200 no length | served            |                                      |
      | chunked and longer at first, then right      | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200 no length | served            |                                      |
      | body cut, then a resume of another size      | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | body cut, then all of another size           | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | body cut, then no such range                 | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | body cut, then 400                           | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | body cut, then 404                           | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | body cut, then all of it, chunked            | 502      | 200         | 200         | 200               | 502      | 200                            | 200        | 206                 | 206                 | 200           | served            | end of stream                        |
      | chunked body cut, then announced             | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | HEAD of another size                         | 200      | 200 as told | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200 as told   | served            |                                      |
      | HEAD of size 0                               | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200 no length | served            |                                      |
      | no digest header                             | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | chunked, without a length                    | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200 no length | served            |                                      |
      | HEAD without a length                        | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200 no length | served            |                                      |
      | HEAD answered with 405                       | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | HEAD answered with 401                       | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | HEAD answered with 403                       | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | HEAD answered with 404                       | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | HEAD answered with 500                       | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | HEAD redirected to a URL signed for GET      | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | manifest by tag only                         | 200      | 200         | 200         | 200               | 404      | 200                            | 200        | 206                 | 206                 | 200           | served            | answered 404                         |
      | 400                                          | 400      | 400         | 200 stale   | 200 stale         | 400      | 400                            | 400        | 400                 | 400                 | 400           | served            | answered 400                         |
      | 403                                          | 403      | 403         | 200 stale   | 200 stale         | 403      | 403                            | 403        | 403                 | 403                 | 403           | served            | answered 403                         |
      | 404                                          | 404      | 404         | 200 stale   | 200 stale         | 404      | 404                            | 404        | 404                 | 404                 | 404           | served            | answered 404                         |
      | 410                                          | 400      | 400         | 200 stale   | 200 stale         | 400      | 400                            | 400        | 400                 | 400                 | 400           | served            | answered 410                         |
      | 418                                          | 400      | 400         | 200 stale   | 200 stale         | 400      | 400                            | 400        | 400                 | 400                 | 400           | served            | answered 418                         |
      | 429                                          | 429 wait | 429 wait    | 200 stale   | 200 stale         | 429 wait | 429 wait                       | 429 wait   | 429 wait            | 429 wait            | 429 wait      | served            | answered 429                         |
      | 500                                          | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                            | 502        | 502                 | 502                 | 502           | served            | answered 500                         |
      | 502                                          | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                            | 502        | 502                 | 502                 | 502           | served            | answered 502                         |
      | 401, nothing asked for                       | 403      | 403         | 200 stale   | 200 stale         | 403      | 403                            | 403        | 403                 | 403                 | 403           | served            | answered 401                         |
      | 401, password asked for                      | 403      | 403         | 200 stale   | 200 stale         | 403      | 403                            | 403        | 403                 | 403                 | 403           | served            | none are configured                  |
      | 401, token service says 401                  | 403      | 403         | 200 stale   | 200 stale         | 403      | 403                            | 403        | 403                 | 403                 | 403           | served            | answered 401                         |
      | 401, token service says 500                  | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                            | 502        | 502                 | 502                 | 502           | served            | answered 500                         |
      | 401, token is refused                        | 403      | 403         | 200 stale   | 200 stale         | 403      | 403                            | 403        | 403                 | 403                 | 403           | served            | answered 401                         |
      | 429 with Retry-After                         | 429 wait | 429 wait    | 200 stale   | 200 stale         | 429 wait | 429 wait                       | 429 wait   | 429 wait            | 429 wait            | 429 wait      | served            | answered 429                         |
      | 503 with Retry-After                         | 502 wait | 502 wait    | 200 stale   | 200 stale         | 502 wait | 502 wait                       | 502 wait   | 502 wait            | 502 wait            | 502 wait      | served            | answered 503                         |
      | 307 to a storage service                     | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | 307 to a signed URL that has expired, once   | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | 307 to a signed URL that has expired, always | 200      | 200         | 200         | 200               | 200      | 403                            | 403        | 403                 | 403                 | 403           | served            | after a redirect to localhost        |
      | 307, body cut, signed URL expired by then    | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | relative redirect                            | 200      | 200         | 200         | 200               | 200      | 200                            | 200        | 206                 | 206                 | 200           | served            |                                      |
      | redirects in a circle                        | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                            | 502        | 502                 | 502                 | 502           | served            | more than 10 times                   |
      | redirect to nowhere                          | 502      | 502         | 200 stale   | 200 stale         | 502      | 502                            | 502        | 502                 | 502                 | 502           | served            | without a Location                   |
      """;

  private static final String DOCUMENT =
      """
      # What clients get when the upstream fails

      Each cell of the table is a test. It sends a real request through the server to a cache whose
      upstream fails as the row says. `FaultMatrix.java` has the table. This command writes the page:

          mvn -pl registry-server -am test -Dtest=FaultMatrixTest -Dcistern.docs.write=true \\
              -Dsurefire.failIfNoSpecifiedTests=false

      ## The columns

      - `tag`, `tag, HEAD`: a manifest by tag, nothing cached.
      - `tag, cached`, `tag, HEAD, cached`: the same, everything cached.
      - `manifest`, `blob`, `small blob`: by digest, nothing cached. The blob has 300 kB, the small one 2 kB.
      - `range`: bytes 100000 to 199999 of the blob.
      - `range, relay`: the same with `proxy.rangefetch: relay`.
      - `blob, HEAD`: HEAD of the blob.
      - `by digest, cached`: any request by digest, everything cached. It never asks the upstream.
      - `cause named`: what every error message contains, together with the name of the upstream.

      ## The answers

      - `200`, `206`: complete and correct.
      - `200 stale`: what the upstream last confirmed. Marked with `Warning: 299`, `Age` and
        `Cache-Status`.
      - `200 cut`: the connection ends before the body does, so that no client takes the body for
        complete. The cache sends the last 64 KiB of a blob only after it has verified the whole. It
        answers a smaller blob completely or with an error. `wrong`: bytes before the cut are wrong.
      - `200 cut / 502`: either, depending on whether the headers or the failure come first. A range may
        even be complete.
      - `206 wrong`: with `proxy.rangefetch: relay`, the bytes are as wrong as those of the upstream. A
        digest says nothing about a part, and the cache never sees the whole.
      - `200 as told`: a HEAD answer with the digest or length of the upstream's headers. The cache
        never passes on content that contradicts them.
      - `200 no length`: a HEAD answer without a length, because the upstream sends none.
      - `404`: the upstream said 404. No other failure becomes a 404. With `proxy.deleted: refuse`, also
        for a cached tag.
      - `400`: the upstream itself refused this request with 400, 405, 406, 410, 413, 414, 415, 418 or
        422. The code is `NAME_INVALID`, `TAG_INVALID`, `DIGEST_INVALID`, `MANIFEST_INVALID` or
        `PAGINATION_NUMBER_INVALID` if the upstream says so, otherwise `UNSUPPORTED`. A 451, or a 400
        with `DENIED`, is a 403. Other statuses, such as 407, 408 or 431, are about the cache: 502.
      - `403`: `DENIED`. The upstream wants credentials that the client cannot give. So it is never a 401.
      - `429 wait`: with `Retry-After`, the upstream's or the cache's.
      - `502`, `504`: the upstream failed. `wait`: with the `Retry-After` of the upstream.

      The cache answers a range of a blob in progress as soon as the bytes have arrived, before it has
      verified the whole. The last 64 KiB wait, except for a range of up to 8 MiB whose size is proven or
      not named. A client that needs certainty verifies the range
      itself, as lazy-pulling clients do.

      ## The table

      %s
      ## Beyond one request

      - A blob whose length the upstream does not send is answered when it has been received and verified,
        with its length. Until then, the client gets no header.
      - A broken transfer resumes where it stopped. The cache tries for about half a minute without a new
        byte. A transfer that ended with the process resumes when the cache runs again.
      - When failures in a row show that the upstream is failing, and not one image only, the cache stops
        asking it. It probes it in the background: after one second at first, then every five seconds at
        most. Meanwhile it answers cached tags at once, as stale. Other requests fail at once. After a
        429, the same holds for that kind of request, for as long as the upstream said.
      - The cache remembers for `proxy.negativettl` that something does not exist.
      - When an older answer is cached, a client waits for the check of a tag for `proxy.staleafter` at most.
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
    List<String> titles = titles();
    List<String> cells = cells(line);
    Map<Question, String> outcomes = new EnumMap<>(Question.class);
    for (Question question : Question.values()) {
      outcomes.put(question, cells.get(titles.indexOf(question.column())));
    }
    return new Row(
        cells.get(0),
        outcomes,
        cells.get(titles.indexOf(BY_DIGEST)),
        List.of(cells.get(cells.size() - 1).split(" / ", -1)));
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
