package dev.cistern.server.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Gives JSSE the current identity. JSSE asks for an alias, then for its key and its chain. The
 * alias names one pair, so that a renewal between these calls cannot mix two pairs.
 */
final class IdentityKeyManager extends X509ExtendedKeyManager {

  private final WatchedIdentity watched;

  IdentityKeyManager(WatchedIdentity watched) {
    this.watched = watched;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return alias(keyType).orElse(null);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return alias(keyType).orElse(null);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return alias(keyType).map(alias -> new String[] {alias}).orElse(null);
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return watched
        .named(alias)
        .map(identity -> identity.chain().toArray(X509Certificate[]::new))
        .orElse(null);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return watched.named(alias).map(ServerIdentity::key).orElse(null);
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return getServerAliases(keyType, issuers);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    // For any issuers: the other side should refuse our certificate rather than get none.
    return Stream.of(keyTypes).flatMap(type -> alias(type).stream()).findFirst().orElse(null);
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return chooseClientAlias(keyTypes, issuers, null);
  }

  private Optional<String> alias(String keyType) {
    ServerIdentity identity = watched.current();
    return identity.keyAlgorithm().equals(keyType)
        ? Optional.of(identity.alias())
        : Optional.empty();
  }
}
