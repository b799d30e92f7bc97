package dev.cistern.server.config;

import dev.cistern.api.Printable;
import dev.cistern.proxy.peer.PeerSignature;
import dev.cistern.proxy.peer.Peers;
import dev.cistern.storage.GoDuration;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Reads {@code proxy.peers}. */
final class PeersReader {

  private PeersReader() {}

  static Optional<PeersConfig> read(Section proxy) {
    return proxy.section("peers", PeersReader::peers);
  }

  private static Optional<PeersConfig> peers(Section peers) {
    List<URI> addresses = peers.list("addresses", Peers::address);
    Optional<URI> dns = peers.optional("dns", Peers::address);
    Optional<URI> self = peers.optional("self", Peers::address);
    Optional<String> secret = peers.optional("secret", PeersReader::secret);
    Optional<Path> secretFile = peers.path("secretfile");
    Optional<Path> ca = peers.section("tls", tls -> tls.path("ca"));
    Optional<Duration> answer = peers.optional("answertimeout", PeersReader::timeout);
    Optional<Duration> stall = peers.optional("stalltimeout", PeersReader::timeout);
    if (peers.keys().isEmpty()) {
      return Optional.empty();
    }
    boolean listed = peers.node("addresses").isPresent();
    boolean named = peers.node("dns").isPresent();
    if (listed && named) {
      peers.error("dns", peers.name("addresses") + " is set too; remove one of them");
    } else if (!listed && !named) {
      peers.error(
          "addresses",
          "list the addresses of all servers, this one included, such as cistern-1:5000; or set "
              + peers.name("dns"));
    }
    if (peers.node("secret").isPresent() && secretFile.isPresent()) {
      peers.error("secretfile", peers.name("secret") + " is set too; remove one of them");
    } else if (peers.node("secret").isEmpty() && secretFile.isEmpty()) {
      peers.error(
          "secret",
          "set the same secret on all servers, here or in "
              + peers.name("secretfile")
              + "; make one with: openssl rand -base64 32");
    }
    addresses.stream()
        .filter(address -> Collections.frequency(addresses, address) > 1)
        .findFirst()
        .ifPresent(
            twice ->
                peers.error(
                    "addresses",
                    twice.getAuthority() + " is there more than once; list each server once"));
    if (self.isPresent() && !addresses.isEmpty() && !addresses.contains(self.get())) {
      peers.error(
          "self",
          self.get().getAuthority() + " is none of " + peers.name("addresses") + "; add it there");
    }
    boolean usable =
        (!addresses.isEmpty() || dns.isPresent()) && (secret.isPresent() || secretFile.isPresent());
    return usable
        ? Optional.of(
            new PeersConfig(
                addresses,
                dns,
                self,
                secret,
                secretFile,
                ca,
                answer.orElse(Peers.DEFAULT_ANSWER_TIMEOUT),
                stall.orElse(Peers.DEFAULT_STALL_TIMEOUT)))
        : Optional.empty();
  }

  /** Does not repeat it in a message. */
  private static String secret(String text) {
    if (text.length() < PeerSignature.LEAST_SECRET) {
      throw new IllegalArgumentException(
          "must have at least "
              + PeerSignature.LEAST_SECRET
              + " characters; make one with: openssl rand -base64 32");
    }
    return text;
  }

  private static Duration timeout(String text) {
    Duration timeout = GoDuration.parse(text);
    if (timeout.compareTo(Duration.ofMillis(100)) < 0
        || timeout.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(Printable.quoted(text) + " is not between 100ms and 1h");
    }
    return timeout;
  }
}
