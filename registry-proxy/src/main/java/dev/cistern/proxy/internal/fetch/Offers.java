package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import java.io.IOException;
import java.util.OptionalLong;

/**
 * What the readers of one fetch are promised, now and before. An offer never changes its size and
 * never takes bytes back: when the upstream makes it wrong, its readers fail, and those that join
 * from then on get a new one. Any thread may read {@link #current}; one thread does the rest.
 */
final class Offers {

  private final Digest digest;
  private final String upstream;
  private volatile Offer current = Offer.first();

  /** Begins with an offer of no size. */
  Offers(Digest digest, String upstream) {
    this.digest = digest;
    this.upstream = upstream;
  }

  Digest digest() {
    return digest;
  }

  /** What readers that join now are promised. */
  Offer current() {
    return current;
  }

  /** Lets no reader who was promised another size go on. */
  void requireSize(long size) {
    Offer last = current;
    if (!last.allows(size)) {
      replace(
          OptionalLong.of(size),
          "announced "
              + last.announced().getAsLong()
              + " bytes at first and "
              + size
              + " bytes later");
    } else if (last.announced().isEmpty()) {
      // Readers without a size read on; those who join from now on are told it.
      current = new Offer(OptionalLong.of(size), last.progress(), last.parts());
    }
  }

  /** Lets no reader go on who already has bytes of an earlier answer that was longer. */
  void requireAtLeastGiven(long received) {
    if (received < current.progress().visible()) {
      replace(current.announced(), "sent fewer bytes than the first time");
    }
  }

  /** Lets no reader go on who already has other bytes. */
  void bytesDiffer() {
    replace(current.announced(), "sent other bytes than the first time");
  }

  /**
   * The blob is received once more from its first byte, because its digest was wrong. Readers of
   * the whole blob go on: what they have read is compared. Readers of a part fail, because they may
   * have read what is withheld from the others.
   */
  void startOver() {
    Offer last = current;
    if (last.progress().isScattered()) {
      replace(last.announced(), "sent bytes with another digest");
    } else {
      current = new Offer(last.announced(), last.progress(), new FetchProgress());
      last.parts().fail(wrong("sent bytes with another digest"));
    }
  }

  private void replace(OptionalLong announced, String reason) {
    Offer last = current;
    current = new Offer(announced, new FetchProgress(), new FetchProgress());
    last.fail(wrong(reason));
  }

  private IOException wrong(String reason) {
    return new WrongBytesException("Blob %s: upstream %s %s".formatted(digest, upstream, reason))
        .toIoException();
  }
}
