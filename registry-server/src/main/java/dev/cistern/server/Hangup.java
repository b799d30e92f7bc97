package dev.cistern.server;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP, by which operators ask a server to read its configuration again. The JDK handles signals
 * by {@code sun.misc.Signal} alone, which the compiler warns of; hence the reflection.
 */
final class Hangup {

  private static final Logger log = LoggerFactory.getLogger(Hangup.class);

  private Hangup() {}

  /**
   * Runs an action at each signal, instead of ending the process.
   *
   * @param action called on a thread of its own; two calls may overlap
   */
  static void handle(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler invocations =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  action.run();
                  yield null;
                }
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "SIGHUP";
              };
      Object own =
          Proxy.newProxyInstance(
              Hangup.class.getClassLoader(), new Class<?>[] {handler}, invocations);
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), own);
    } catch (ReflectiveOperationException e) {
      log.info("SIGHUP does not read the configuration again here");
    }
  }
}
