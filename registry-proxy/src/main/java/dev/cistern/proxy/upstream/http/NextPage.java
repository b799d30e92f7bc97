package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Page;
import dev.cistern.api.Printable;
import dev.cistern.api.RegistryException;
import java.net.ProtocolException;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;

/**
 * The page that a {@code Link} header leads to. The link is no address to send a request to: its
 * query is, as it is, and the next request is sent to this upstream as the first one was. Therefore
 * a link to another host or another list is an error, and so is any other link that cannot be
 * followed: without its next page the list would be shorter than it is.
 */
final class NextPage {

  private NextPage() {}

  /**
   * Reads the link to the next page.
   *
   * @param headers the {@code Link} headers of a page of the list
   * @param answered the URL of that page
   * @param list the end of the path of the list, without a slash before it
   * @return empty when there is no link to a next page
   */
  static Optional<Page> of(List<String> headers, HttpUrl answered, String list)
      throws ProtocolException {
    Optional<String> target = LinkHeader.next(headers);
    return target.isEmpty() ? Optional.empty() : Optional.of(of(target.get(), answered, list));
  }

  private static Page of(String target, HttpUrl answered, String list) throws ProtocolException {
    HttpUrl url = answered.resolve(target);
    if (url == null) {
      throw new ProtocolException(
          "the link to the next page of its list is not an http or https URL");
    }
    // A proxy in front of a registry often hides which scheme and port the client has used.
    if (!url.host().equals(answered.host())) {
      throw new ProtocolException(
          "the link to the next page of its list leads to another host, "
              + Printable.line(url.host(), 200));
    }
    // A proxy may add a path in front, which the registry does not know.
    String path = "/" + String.join("/", url.pathSegments());
    if (!url.encodedPath().equals(answered.encodedPath()) && !path.endsWith("/" + list)) {
      throw new ProtocolException(
          "the link to the next page of its list leads to another list, "
              + Printable.quoted(url.encodedPath()));
    }
    try {
      return Page.parse(query(target, answered));
    } catch (RegistryException e) {
      ProtocolException failure =
          new ProtocolException("the link to the next page of its list is invalid");
      failure.initCause(e);
      throw failure;
    }
  }

  /** Not from the resolved URL, which encodes more than it must. */
  private static String query(String target, HttpUrl answered) {
    int fragment = target.indexOf('#');
    String whole = fragment < 0 ? target : target.substring(0, fragment);
    int mark = whole.indexOf('?');
    if (mark >= 0) {
      return whole.substring(mark + 1);
    }
    // An empty reference is the list itself.
    String own = answered.encodedQuery();
    return whole.isEmpty() && own != null ? own : "";
  }
}
