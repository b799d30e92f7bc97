package dev.cistern.server.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * {@code proxy.peers}: the servers that share their transfers.
 *
 * @param addresses of all servers; empty if {@code dns} is set
 * @param dns the name that has the addresses of all servers
 * @param self which address is that of this server; empty: it finds out
 * @param secret the same for all servers; empty if it is in a file
 * @param secretFile the file with the secret
 * @param ca issuers to trust besides those of the JDK
 * @param answerTimeout how long a server may take to connect, and to say that it works
 * @param stallTimeout how long a body may bring nothing
 */
public record PeersConfig(
    List<URI> addresses,
    Optional<URI> dns,
    Optional<URI> self,
    Optional<String> secret,
    Optional<Path> secretFile,
    Optional<Path> ca,
    Duration answerTimeout,
    Duration stallTimeout) {

  public PeersConfig {
    addresses = List.copyOf(addresses);
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "PeersConfig[" + dns.map(URI::toString).orElseGet(addresses::toString) + "]";
  }
}
