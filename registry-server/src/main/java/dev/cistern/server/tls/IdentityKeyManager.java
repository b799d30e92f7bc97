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
 * Shows JSSE the identity of the moment. JSSE asks for an alias, then for that alias' key, then for
 * its chain: the alias names one pair, so that a renewal between these questions cannot mix two.
 */
final class IdentityKeyManager extends X509ExtendedKeyManager {

  private final WatchedIdentity renewal;

  IdentityKeyManager(WatchedIdentity renewal) {
    this.renewal = renewal;
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
    return renewal
        .named(alias)
        .map(identity -> identity.chain().toArray(X509Certificate[]::new))
        .orElse(null);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return renewal.named(alias).map(ServerIdentity::key).orElse(null);
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return getServerAliases(keyType, issuers);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    // Whatever issuers the other side names: it is asked to say no rather than be shown nothing.
    return Stream.of(keyTypes).flatMap(type -> alias(type).stream()).findFirst().orElse(null);
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return chooseClientAlias(keyTypes, issuers, null);
  }

  private Optional<String> alias(String keyType) {
    ServerIdentity identity = renewal.current();
    return identity.keyAlgorithm().equals(keyType)
        ? Optional.of(identity.alias())
        : Optional.empty();
  }
}
