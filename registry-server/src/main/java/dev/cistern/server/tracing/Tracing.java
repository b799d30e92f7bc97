package dev.cistern.server.tracing;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.server.config.UnusableConfigException;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.undertow.server.HttpHandler;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tracing that is on. Spans are collected in memory, up to the limits of the SDK, and sent in the
 * background: a collector that fails or is slow costs spans and no request. Owns the SDK.
 */
public final class Tracing implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Tracing.class);

  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");
  private static final AttributeKey<String> SERVICE_VERSION =
      AttributeKey.stringKey("service.version");
  private static final String SERVICE = "cistern";

  /** How long to wait at the end until the last spans are sent. */
  private static final Duration FLUSH = Duration.ofSeconds(5);

  private final OpenTelemetrySdk sdk;
  private final SdkLog sdkLog;
  private final Tracer tracer;
  private final CacheTracer listener;

  private Tracing(OpenTelemetrySdk sdk, SdkLog sdkLog, String version) {
    this.sdk = sdk;
    this.sdkLog = sdkLog;
    tracer = sdk.tracerBuilder("dev.cistern").setInstrumentationVersion(version).build();
    listener = new CacheTracer(tracer);
  }

  /**
   * Starts the SDK. Sends nothing yet.
   *
   * @param version of the server
   * @throws UnusableConfigException if a variable has a value that the SDK does not take
   */
  public static Tracing start(TracingSettings settings, String version)
      throws UnusableConfigException {
    SdkLog sdkLog = SdkLog.start();
    try {
      OpenTelemetrySdk sdk =
          AutoConfiguredOpenTelemetrySdk.builder()
              .disableShutdownHook()
              .setServiceClassLoader(Tracing.class.getClassLoader())
              .addPropertiesCustomizer(unused -> settings.properties())
              .addResourceCustomizer((resource, unused) -> named(resource, version))
              .build()
              .getOpenTelemetrySdk();
      log.info(
          "Tracing is on: spans are sent by the exporter {}",
          settings.properties().get("otel.traces.exporter"));
      return new Tracing(sdk, sdkLog, version);
    } catch (RuntimeException e) {
      sdkLog.close();
      throw new UnusableConfigException(
          "The variables OTEL_* do not configure tracing: "
              + TracingSettings.withVariables(reason(e))
              + "; correct them, or set OTEL_SDK_DISABLED=true to start without tracing",
          e);
    }
  }

  private static String reason(RuntimeException failure) {
    Throwable cause = failure.getCause();
    String reason = String.valueOf(failure.getMessage());
    // The SDK wraps what it does not expect, and says only that.
    return cause != null && reason.startsWith("Unexpected")
        ? String.valueOf(cause.getMessage())
        : reason;
  }

  /** The SDK's default name of the service says only that it runs on Java. */
  private static Resource named(Resource resource, String version) {
    boolean named =
        Optional.ofNullable(resource.getAttribute(SERVICE_NAME))
            .filter(name -> !name.startsWith("unknown_service"))
            .isPresent();
    Resource versioned = Resource.create(Attributes.of(SERVICE_VERSION, version)).merge(resource);
    return named
        ? versioned
        : versioned.merge(Resource.create(Attributes.of(SERVICE_NAME, SERVICE)));
  }

  /** The listener that the cache must have. */
  public CacheListener listener() {
    return listener;
  }

  /** Makes a span for each request that {@code next} answers. */
  public HttpHandler traced(HttpHandler next) {
    return new TracedHandler(tracer, sdk.getPropagators().getTextMapPropagator(), next);
  }

  /** Sends the spans that have ended, for a limited time. */
  @Override
  public void close() {
    if (!sdk.shutdown().join(FLUSH.toMillis(), TimeUnit.MILLISECONDS).isSuccess()) {
      log.warn("The last spans could not be sent within {} s and are lost", FLUSH.toSeconds());
    }
    sdkLog.close();
  }
}
