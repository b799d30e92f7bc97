package dev.cistern.server.admin;

import dev.cistern.proxy.report.PeerState;
import java.util.List;

/** The other servers of the cluster on the status page. Without a cluster there is no section. */
final class PeersPart {

  private final View view;

  PeersPart(View view) {
    this.view = view;
  }

  void write(Html html) {
    Frame.live(html, "peers");
    List<PeerState> peers = view.cache().peers();
    if (!peers.isEmpty()) {
      Frame.section(html, "peers", "Peers", "card");
      html.open("ul", "class", "upstreams");
      peers.forEach(peer -> peer(html, peer));
      html.close().close();
    }
    html.close();
  }

  private void peer(Html html, PeerState peer) {
    html.open("li")
        .open("p")
        .element("span", word(peer.role()), "class", badge(peer.role()))
        .element("strong", peer.address())
        .close();
    if (peer.role() != PeerState.Role.SELF) {
      html.open("p", "class", "minor facts")
          .element(
              "span",
              Text.count(peer.answered())
                  + " of "
                  + Text.count(peer.asked(), "request", "requests")
                  + " answered")
          .close();
    }
    peer.lastFailure()
        .ifPresent(
            failure ->
                html.open("p", "class", "error")
                    .element("strong", "Last error " + Text.ago(view.since(failure.time())))
                    .text(" " + UpstreamStates.line(failure.reason()))
                    .close());
    html.close();
  }

  private static String word(PeerState.Role role) {
    return switch (role) {
      case SELF -> "this server";
      case WORKING -> "answers";
      case FAILING -> "skipped";
    };
  }

  private static String badge(PeerState.Role role) {
    return switch (role) {
      case SELF -> "badge";
      case WORKING -> "badge good";
      case FAILING -> "badge bad";
    };
  }
}
