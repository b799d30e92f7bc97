package dev.cistern.server;

import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.ServerConfig;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warns of secrets that others could read. */
final class SecretWarnings {

  private static final Logger log = LoggerFactory.getLogger(SecretWarnings.class);

  private SecretWarnings() {}

  /** Of the files that a configuration names. */
  static void ofFiles(ServerConfig config) {
    config.http().tls().ifPresent(tls -> SecretFile.warnIfReadableByAll("http.tls.key", tls.key()));
    config
        .auth()
        .htpasswd()
        .ifPresent(file -> SecretFile.warnIfReadableByAll("auth.htpasswd.path", file.path()));
  }

  /** Of the passwords and tokens of clients that connect to this address. */
  static void ofClients(ServerConfig config, InetSocketAddress address) {
    HttpConfig http = config.http();
    boolean encrypted =
        http.tls().isPresent()
            || http.host().filter(host -> host.getScheme().equals("https")).isPresent();
    if ((config.auth().htpasswd().isPresent() || config.auth().token().isPresent())
        && !encrypted
        && !address.getAddress().isLoopbackAddress()) {
      log.warn(
          "auth: clients send their passwords and tokens without encryption; set http.tls, or put a"
              + " proxy with TLS in front and set http.host to its https:// URL");
    }
  }
}
