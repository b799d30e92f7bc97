package dev.cistern.server;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.server.admin.Admin;
import dev.cistern.server.admin.ClientAddress;
import dev.cistern.server.auth.AuthThreads;
import dev.cistern.server.auth.BasicAuthentication;
import dev.cistern.server.auth.PasswordFile;
import dev.cistern.server.cli.Version;
import dev.cistern.server.config.AdminConfig;
import dev.cistern.server.config.DebugConfig;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.ListenAddress;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.RegistryConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.UnusableConfigException;
import dev.cistern.server.http.AnswerListener;
import dev.cistern.server.http.OperatorListener;
import dev.cistern.storage.StorageDriver;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.ResponseCodeHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The status page of a server: where it listens, and who may see it. It is never open by accident:
 * on an address that is not of the loopback, it needs a file with passwords.
 */
final class StatusPage implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(StatusPage.class);

  private static final String REALM = "Cistern status";

  private final AdminConfig config;
  private final Optional<ListenAddress> debug;
  private final Admin admin;
  private @Nullable AuthThreads authThreads;
  private @Nullable OperatorListener listener;

  private StatusPage(AdminConfig config, Optional<ListenAddress> debug, ProxyConfig proxy) {
    this.config = config;
    this.debug = debug;
    admin = new Admin(Version.number(), proxy, InstantSource.system());
  }

  /**
   * The page that a configuration describes; empty if it has none.
   *
   * @throws IOException if it would be open to the network without a login; the message is for the
   *     operator
   */
  static Optional<StatusPage> of(ServerConfig config) throws IOException {
    AdminConfig admin = config.http().admin();
    Optional<ListenAddress> debug = config.http().debug().map(DebugConfig::addr);
    if (admin.use() == AdminConfig.Use.DISABLED || (admin.addr().isEmpty() && debug.isEmpty())) {
      return Optional.empty();
    }
    Optional<String> refusal = admin.refusalOfAddress();
    if (refusal.isPresent()) {
      throw new UnusableConfigException("http.admin.addr: " + refusal.get());
    }
    if (admin.addr().isEmpty() && admin.htpasswd().isEmpty() && !debug.get().isLoopback()) {
      log.info(
          "There is no status page: http.debug.addr {} is not a loopback address. To have one, set"
              + " http.admin.htpasswd, or http.admin.addr to an address such as localhost:5002",
          debug.get());
      return Optional.empty();
    }
    return Optional.of(new StatusPage(admin, debug, config.proxy()));
  }

  /** The listeners that the cache must have. */
  List<CacheListener> listeners() {
    return admin.listeners();
  }

  /** The listener that the answers to clients must have. */
  AnswerListener answers() {
    return admin.answers();
  }

  /** Takes up changed upstreams. */
  void reload(ProxyConfig proxy) {
    admin.configure(proxy);
  }

  /**
   * Starts to listen, if the page has an address of its own.
   *
   * @param clients where clients reach the cache
   * @return what the debug listener must serve besides its own
   * @throws IOException if the address or the file with the passwords cannot be used; the message
   *     is for the operator
   */
  HttpHandler start(
      ServerConfig server, PullThroughCache cache, StorageDriver driver, InetSocketAddress clients)
      throws IOException {
    HttpHandler page =
        admin.serve(
            cache,
            driver,
            clientAddress(server, clients),
            config.htpasswd().isPresent() ? Admin.Login.REQUIRED : Admin.Login.NONE);
    if (config.htpasswd().isPresent()) {
      page = login(config.htpasswd().get()).before(page);
    }
    if (config.addr().isEmpty()) {
      log.info("Status page on http://{}/admin/", debug.get());
      return page;
    }
    listener = OperatorListener.start("http.admin.addr", config.addr().get(), 1, page);
    log.info("Status page on http://{}/admin/", config.addr().get());
    return ResponseCodeHandler.HANDLE_404;
  }

  private BasicAuthentication login(Path htpasswd) throws IOException {
    SecretFile.warnIfReadableByAll("http.admin.htpasswd", htpasswd);
    AuthThreads threads = new AuthThreads();
    authThreads = threads;
    return new BasicAuthentication(
        REALM, PasswordFile.open("http.admin.htpasswd", htpasswd, threads), threads);
  }

  private static ClientAddress clientAddress(ServerConfig server, InetSocketAddress clients) {
    HttpConfig http = server.http();
    List<String> upstreams = new ArrayList<>();
    upstreams.add(server.proxy().main().name());
    server.proxy().others().stream().map(RegistryConfig::name).forEach(upstreams::add);
    return new ClientAddress(
        http.tls().isPresent() ? "https" : "http", http.host(), clients.getPort(), upstreams);
  }

  /** The address of its own listener, with the real port; empty if it is on another one. */
  Optional<InetSocketAddress> address() {
    return Optional.ofNullable(listener).map(OperatorListener::address);
  }

  @Override
  public void close() {
    if (listener != null) {
      listener.close();
    }
    if (authThreads != null) {
      authThreads.close();
    }
    admin.close();
  }
}
