package dev.cistern.proxy.internal.cluster;

import dev.cistern.proxy.internal.cluster.PeerFailure.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * A peer that sends nothing, and how long one request waits for it. For one thread.
 *
 * <p>A peer whose upstream is slow has no answer for a while, and must be waited for: a request to
 * another server would make a second transfer. So a silent peer is asked, beside that request,
 * whether it works, and on what. It is skipped if it does not answer this question in time, if it
 * answers without the request. After the time for bytes, a request that it works on goes on from
 * another source, and the peer is not skipped for others: their upstream may be another.
 */
final class Silence {

  /** How often to look whether the peer still counts. A wait ends at once when bytes come. */
  static final Duration LOOK = Duration.ofMillis(100);

  /**
   * How many questions fit into the time for an answer: the first one is early, so that the peer is
   * passed over when that time has passed.
   */
  private static final int QUESTIONS = 4;

  /**
   * How patient to be.
   *
   * @param answer the time in which a peer must answer that it works
   * @param bytes the longest time without a byte, though it works
   */
  record Patience(Duration answer, Duration bytes) {}

  private final Peer peer;
  private final Peer.Question proof;
  private final Patience patience;
  private final BooleanSupplier forPeer;
  private long began = System.nanoTime();
  private long asked = began;
  private long worked = began;
  private String request = "";
  private boolean answered;

  /**
   * @param proof what shows that the peer answers requests again
   * @param forPeer whether another peer waits for the answer
   */
  Silence(Peer peer, Peer.Question proof, Patience patience, BooleanSupplier forPeer) {
    this.peer = peer;
    this.proof = proof;
    this.patience = patience;
    this.forPeer = forPeer;
  }

  /**
   * The request is sent, for the first time or again.
   *
   * @param number by which the peer says that it works on it
   */
  void sent(String number) {
    request = number;
    asked = System.nanoTime();
    worked = asked;
  }

  /** The peer has sent the headers of its answer. */
  void answered() {
    answered = true;
  }

  /**
   * Reads the next bytes.
   *
   * @return the number of bytes; -1 at the end
   * @throws PeerFailure when they must come from another source
   */
  int read(PeerBody body, byte[] buffer, int offset, int length) throws PeerFailure {
    began = System.nanoTime();
    asked = began;
    try {
      while (true) {
        int count = body.read(buffer, offset, length, LOOK);
        if (count != PeerBody.NOTHING || length == 0) {
          return count;
        }
        lasts();
      }
    } catch (IOException e) {
      // It may have ended, or only its upstream has.
      peer.check();
      throw new PeerFailure(Kind.PEER, "its answer broke off: " + PeerHttp.reason(e));
    }
  }

  /** Called now and then while the peer is silent. */
  void lasts() throws PeerFailure {
    if (forPeer.getAsBoolean()) {
      throw new PeerFailure(Kind.GIVEN_UP, "another peer asks for the same");
    }
    if (!peer.isAlive()) {
      throw new PeerFailure(Kind.PEER, "it does not answer in time");
    }
    long now = System.nanoTime();
    Peer.Work work = peer.work();
    boolean known = answered || work.mayHave(request);
    if (now - began >= patience.bytes.toNanos()) {
      String reason = "it sent nothing for " + patience.bytes.toMillis() + " ms";
      throw known ? new PeerFailure(Kind.PEER, reason) : failed(reason);
    }
    if (known) {
      // What it said before the request was sent is nothing about it.
      worked = work.answered() - worked > 0 ? work.answered() : worked;
    } else if (now - worked >= patience.answer.toNanos() && work.asked() - worked > 0) {
      throw failed("it works, but has not answered a request, nor does it know of it");
    }
    if (now - asked >= patience.answer.toNanos() / QUESTIONS) {
      asked = now;
      peer.check();
    }
  }

  private PeerFailure failed(String reason) {
    peer.failed(reason, proof);
    return new PeerFailure(Kind.PEER, reason);
  }
}
