package dev.cistern.proxy.peer;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The requests of peers that a cache works on. A peer that waits long for an answer asks by {@code
 * GET /v2/} whether this cache works, and the answer lists which requests of that peer are in
 * progress. So the peer waits while the upstream is slow, but not for a request that was lost.
 *
 * <pre>
 * Cistern-Request: 1042         in a request for content: its number, which the sender chose
 * Cistern-Working: 1039 1042    in the answer to GET /v2/: the sender's requests in progress
 * </pre>
 *
 * <p>Thread-safe.
 */
public final class PeerWork {

  /** The name of the header of a request for content. */
  public static final String REQUEST_HEADER = "Cistern-Request";

  /** The name of the header of the answer to {@code GET /v2/}. */
  public static final String WORKING_HEADER = "Cistern-Working";

  /** As many numbers as a header of a few kilobytes has room for. */
  private static final int MOST = 1_000;

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

  private record Request(String sender, String number) {}

  private final Set<Request> requests = ConcurrentHashMap.newKeySet();

  /** Has no requests. */
  public PeerWork() {}

  /**
   * A request has come.
   *
   * @param sender the name of the peer
   * @param number the value of the request's header; of another form, it is ignored
   * @return to be called when the request has ended
   */
  public Runnable begin(String sender, String number) {
    Request request = new Request(sender, number);
    if (!NUMBER.matcher(number).matches() || !requests.add(request)) {
      return () -> {};
    }
    return () -> requests.remove(request);
  }

  /** The requests of a peer that are in progress, as the value of the header of the answer. */
  public String of(String sender) {
    return requests.stream()
        .filter(request -> request.sender.equals(sender))
        .map(Request::number)
        .limit(MOST)
        .collect(Collectors.joining(" "));
  }

  /** Reads the header of an answer: the numbers of the requests in progress. */
  public static Set<String> parse(String header) {
    return NUMBER.matcher(header).results().map(MatchResult::group).collect(Collectors.toSet());
  }
}
