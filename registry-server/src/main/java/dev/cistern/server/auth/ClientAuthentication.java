package dev.cistern.server.auth;

import dev.cistern.server.config.AuthConfig;
import dev.cistern.server.http.Guard;
import java.io.IOException;
import java.time.InstantSource;

/**
 * The authentication of a listener, as {@code auth} describes it, with what it needs. Close it
 * after the listener.
 */
public final class ClientAuthentication implements AutoCloseable {

  private final Guard guard;
  private final AuthThreads threads;

  private ClientAuthentication(Guard guard, AuthThreads threads) {
    this.guard = guard;
    this.threads = threads;
  }

  /**
   * Reads the files.
   *
   * @throws IOException if one is not usable; the message is for the operator
   */
  public static ClientAuthentication of(AuthConfig config) throws IOException {
    AuthThreads threads = new AuthThreads();
    boolean opened = false;
    try {
      Guard guard = guard(config, threads);
      opened = true;
      return new ClientAuthentication(guard, threads);
    } finally {
      if (!opened) {
        threads.close();
      }
    }
  }

  private static Guard guard(AuthConfig config, AuthThreads threads) throws IOException {
    if (config.token().isPresent()) {
      AuthConfig.Token token = config.token().get();
      return new AnonymousPulls(config.anonymous())
          .or(
              new TokenAuthentication(
                  token, TokenLogin.open(token, threads, InstantSource.system())));
    }
    if (config.htpasswd().isEmpty()) {
      return Guard.NONE;
    }
    AuthConfig.Htpasswd htpasswd = config.htpasswd().get();
    PasswordFile passwords = PasswordFile.open("auth.htpasswd.path", htpasswd.path(), threads);
    BasicAuthentication basic = new BasicAuthentication(htpasswd.realm(), passwords, threads);
    return new AnonymousPulls(config.anonymous())
        .or((exchange, asked, next) -> basic.admit(exchange, next));
  }

  /** Decides about each request. */
  public Guard guard() {
    return guard;
  }

  @Override
  public void close() {
    threads.close();
  }
}
