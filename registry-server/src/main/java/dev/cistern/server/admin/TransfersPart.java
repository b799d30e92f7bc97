package dev.cistern.server.admin;

import dev.cistern.proxy.report.TransferState;
import dev.cistern.server.report.HumanReadable;
import java.util.List;

/** The fetches in progress on the status page. */
final class TransfersPart {

  private static final int MOST_TRANSFERS = 50;

  private final View view;

  TransfersPart(View view) {
    this.view = view;
  }

  void write(Html html) {
    Frame.live(html, "transfers");
    Frame.section(html, "transfers", "Fetches in progress", "card");
    List<TransferState> transfers = view.transfers();
    if (transfers.isEmpty()) {
      html.element("p", "Nothing is being fetched.", "class", "none");
    } else {
      Frame.table(html, "transfers-h", "Blob", "Progress", "#Received", "#Readers", "#Time");
      transfers.stream().limit(MOST_TRANSFERS).forEach(transfer -> transfer(html, transfer));
      Frame.endTable(html);
      if (transfers.size() > MOST_TRANSFERS) {
        html.element(
            "p",
            "and " + Text.count(transfers.size() - MOST_TRANSFERS, "other", "others"),
            "class",
            "none");
      }
    }
    html.close().close();
  }

  private static void transfer(Html html, TransferState transfer) {
    html.open("tr").open("td").element("span", transfer.transfer().repository(), "class", "name");
    LiveParts.digest(html, transfer.transfer().digest());
    html.element("span", " from " + transfer.transfer().upstream(), "class", "minor").close();
    html.open("td", "class", "progress");
    switch (transfer.phase()) {
      case WAITING -> html.element("span", "waiting for its turn", "class", "minor");
      case STORING -> html.element("span", "being stored", "class", "minor");
      case RECEIVING -> bar(html, transfer);
    }
    html.close()
        .element("td", received(transfer), "class", "n")
        .element("td", Text.count(transfer.readers()), "class", "n")
        .element("td", Text.duration(transfer.age()), "class", "n")
        .close();
  }

  private static void bar(Html html, TransferState transfer) {
    String label = "Fetch of " + Text.digest(transfer.transfer().digest());
    if (transfer.size().isPresent() && transfer.size().getAsLong() > 0) {
      long size = transfer.size().getAsLong();
      String percent = 100 * transfer.received() / size + " %";
      html.element(
              "progress",
              percent,
              "max",
              Long.toString(size),
              "value",
              Long.toString(transfer.received()),
              "aria-label",
              label)
          .element("span", percent, "class", "percent");
    } else {
      html.element("progress", "size unknown", "aria-label", label)
          .element("span", "size unknown", "class", "percent");
    }
  }

  private static String received(TransferState transfer) {
    String received = HumanReadable.size(transfer.received());
    return transfer.size().isPresent()
        ? received + " of " + HumanReadable.size(transfer.size().getAsLong())
        : received;
  }
}
