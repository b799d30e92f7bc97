package dev.cistern.server;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * Signals by which operators talk to the process. The JDK handles them by {@code sun.misc.Signal}
 * alone, which the compiler warns of; hence the reflection.
 */
final class Signals {

  private Signals() {}

  /**
   * Runs an action at each signal, instead of ending the process.
   *
   * @param name without SIG
   * @param action called on a thread of its own; two calls may overlap
   * @return whether that is possible here
   */
  static boolean handle(String name, Runnable action) {
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
                default -> "SIG" + name;
              };
      Object own =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(), new Class<?>[] {handler}, invocations);
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), own);
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
