package dev.cistern.proxy.upstream.http;

import java.net.InetAddress;
import java.net.Proxy;
import java.util.Optional;
import okhttp3.Route;
import org.jspecify.annotations.Nullable;

/** The tag of a request that gets the address that it was sent to. */
final class Dialled {

  private volatile @Nullable InetAddress address;

  void set(Route route) {
    address = route.proxy().type() == Proxy.Type.DIRECT ? route.socketAddress().getAddress() : null;
  }

  /** Empty when an HTTP proxy resolved the name. */
  Optional<InetAddress> address() {
    return Optional.ofNullable(address);
  }
}
