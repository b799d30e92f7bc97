package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.PieceKind;

/** Tells a listener what the further connections of one transfer do. */
record ConnectionEvents(CacheListener listener, BlobTransfer transfer) {

  void opened() {
    listener.connectionOpened(transfer);
  }

  void closed() {
    listener.connectionClosed(transfer);
  }

  void refused(RegistryException cause) {
    listener.connectionsRefused(transfer, cause);
  }

  void received(PieceKind kind, long bytes, long unused) {
    if (bytes > 0 || unused > 0) {
      listener.pieceReceived(transfer, kind, bytes, unused);
    }
  }
}
