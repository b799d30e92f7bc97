package dev.cistern.proxy.peer;

import java.util.List;
import java.util.Optional;
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
 * Cistern-Working: 1039 more    the same, and there are others for which there is no room
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
  private static final int MOST = 500;

  /** Follows the numbers when some are left out. */
  private static final String MORE = "more";

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
    List<String> numbers =
        requests.stream()
            .filter(request -> request.sender.equals(sender))
            .map(Request::number)
            .limit(MOST + 1)
            .toList();
    return numbers.size() > MOST
        ? String.join(" ", numbers.subList(0, MOST)) + " " + MORE
        : String.join(" ", numbers);
  }

  /**
   * Reads the header of an answer.
   *
   * @return the numbers of the requests in progress; empty if the answer does not say all of them
   */
  public static Optional<Set<String>> parse(String header) {
    return header.contains(MORE)
        ? Optional.empty()
        : Optional.of(
            NUMBER.matcher(header).results().map(MatchResult::group).collect(Collectors.toSet()));
  }
}
