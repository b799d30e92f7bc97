package dev.cistern.server.cli;

import dev.cistern.api.Printable;
import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.ListenAddress;
import dev.cistern.server.config.LoadedConfig;
import dev.cistern.server.config.TlsConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MalformedURLException;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import javax.net.ssl.HttpsURLConnection;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code healthcheck [config.yml|URL]}. */
@Command(
    name = "healthcheck",
    description = {
      "Asks a running server for its health. For container images without curl.",
      "",
      "The address comes from the configuration, as serve reads it, or is the URL. On this machine"
          + " the server may have a certificate for any name. If clients must show a certificate,"
          + " the address is http.debug.addr."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME}                                    the server with the configuration of serve",
      "  ${COMMAND-FULL-NAME} --ready /etc/cistern/config.yml    whether it should get requests",
      "  ${COMMAND-FULL-NAME} http://cache.example:5000          another server"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the server answered 200",
      "1:the server answered something else, or nothing",
      "2:the arguments or the configuration are wrong"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class HealthcheckCommand implements Callable<Integer> {

  private static final Pattern HOST_AND_PORT = Pattern.compile("[^/]+:\\d{1,5}(/.*)?");

  private static final String ALIVE = "/healthz";
  private static final String READY = "/readyz";
  private static final String NEEDS_CERTIFICATE =
      "the server wants a client certificate; set http.debug.addr and ask its ";

  private static final int MAX_BODY = 2048;
  private static final int MAX_SECONDS = 3600;

  private final ConfigLoader configuration;
  private final Map<String, String> environment;
  private final PrintStream out;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..1",
      paramLabel = "config.yml|URL",
      description = "The configuration file of the server, or its URL.")
  private @Nullable String server;

  @Option(
      names = "--ready",
      description = "Asks /readyz: whether the server should get requests. Otherwise /healthz.")
  private boolean ready;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "How long to wait for the answer; ${DEFAULT-VALUE} by default.")
  private int timeout = 3;

  HealthcheckCommand(ConfigLoader configuration, Map<String, String> environment, PrintStream out) {
    this.configuration = configuration;
    this.environment = environment;
    this.out = out;
  }

  @Override
  public Integer call() throws ConfigException {
    if (timeout < 1 || timeout > MAX_SECONDS) {
      throw wrong("--timeout must be a number of seconds from 1 to " + MAX_SECONDS);
    }
    Optional<URI> found = uri();
    if (found.isEmpty()) {
      out.println(NEEDS_CERTIFICATE + (ready ? READY : ALIVE));
      return CommandLineInterface.FAILED;
    }
    URI uri = found.get();
    try {
      return ask(uri);
    } catch (IOException e) {
      String reason = e.getMessage() == null ? e.toString() : e.getMessage();
      out.println(Printable.line(uri + ": " + reason, MAX_BODY));
      return CommandLineInterface.FAILED;
    }
  }

  private int ask(URI uri) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection(Proxy.NO_PROXY);
    int millis = timeout * 1000;
    connection.setConnectTimeout(millis);
    connection.setReadTimeout(millis);
    connection.setInstanceFollowRedirects(false);
    if (connection instanceof HttpsURLConnection https && isHere(uri)) {
      LoopbackTls.trustAnyCertificate(https);
    }
    try {
      int status = connection.getResponseCode();
      out.println(Printable.line(uri + " answered " + status + body(connection), MAX_BODY));
      return status == HttpURLConnection.HTTP_OK
          ? CommandLineInterface.OK
          : CommandLineInterface.FAILED;
    } finally {
      connection.disconnect();
    }
  }

  private static String body(HttpURLConnection connection) throws IOException {
    InputStream body = connection.getErrorStream();
    return body == null
        ? ""
        : ": " + new String(body.readNBytes(MAX_BODY), StandardCharsets.UTF_8).strip();
  }

  private Optional<URI> uri() throws ConfigException {
    String path = ready ? READY : ALIVE;
    if (server == null || !server.contains("://")) {
      return configured(path);
    }
    try {
      URI uri = new URI(server.replaceFirst("/+$", ""));
      if (!String.valueOf(uri.getScheme()).matches("https?") || host(uri).isEmpty()) {
        throw wrong("the URL must be http://HOST:PORT or https://HOST:PORT");
      }
      return Optional.of(String.valueOf(uri.getPath()).isEmpty() ? uri.resolve(path) : uri);
    } catch (URISyntaxException | MalformedURLException e) {
      throw wrong("the URL must be http://HOST:PORT or https://HOST:PORT");
    }
  }

  /** For a URI, a name with an underscore is no host; for a URL it is, as in networks of Docker. */
  private static String host(URI uri) throws MalformedURLException {
    return uri.toURL().getHost();
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Empty if the server that is configured answers only clients with a certificate. */
  private Optional<URI> configured(String path) throws ConfigException {
    if (server != null
        && HOST_AND_PORT.matcher(server).matches()
        && Files.notExists(Path.of(server))) {
      throw new ConfigException(
          List.of(server + ": the file does not exist; a URL begins with http:// or https://"));
    }
    LoadedConfig loaded =
        server == null
            ? configuration.load(environment)
            : configuration.load(Path.of(server), environment);
    HttpConfig http = loaded.config().http();
    if (http.tls().filter(HealthcheckCommand::needsCertificate).isPresent()) {
      return http.debug().map(debug -> uri("http://", debug.addr(), path));
    }
    return Optional.of(uri(http.tls().isPresent() ? "https://" : "http://", http.addr(), path));
  }

  private static boolean needsCertificate(TlsConfig tls) {
    return !tls.clientCas().isEmpty() && tls.clientAuth() == TlsConfig.ClientAuth.REQUIRED;
  }

  private static URI uri(String scheme, ListenAddress addr, String path) {
    InetSocketAddress address = addr.socketAddress();
    InetAddress listening = address.getAddress();
    String host =
        listening == null || listening.isAnyLocalAddress()
            ? InetAddress.getLoopbackAddress().getHostAddress()
            : listening.getHostAddress();
    String authority = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + addr.port();
    return URI.create(scheme + authority + path);
  }

  /** The configuration is that of a server on this machine. */
  private boolean isHere(URI uri) throws MalformedURLException {
    if (server == null || !server.contains("://")) {
      return true;
    }
    String host = host(uri);
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }
}
