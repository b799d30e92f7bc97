package dev.cistern.proxy.internal.memory;

import dev.cistern.api.RepositoryName;
import org.jspecify.annotations.Nullable;

/** Estimates of how much memory values use: rather too much than too little. */
public final class Bytes {

  /** A digest, with its text. */
  public static final long DIGEST = 192;

  /** A record of a few references. */
  public static final long RECORD = 40;

  /** An exception without its messages: mostly its stack trace. */
  private static final long EXCEPTION = 2_048;

  private Bytes() {}

  /** A text of ASCII, in an object of its own. */
  public static long of(CharSequence text) {
    return 72L + text.length();
  }

  public static long of(RepositoryName repository) {
    return of(repository.value());
  }

  /** An exception with its causes. */
  public static long of(Throwable failure) {
    long sum = 0;
    int depth = 0;
    for (@Nullable Throwable each = failure; each != null && depth < 8; each = each.getCause()) {
      // The parts of the message are kept, too.
      sum += EXCEPTION + 4L * String.valueOf(each.getMessage()).length();
      depth++;
    }
    return sum;
  }
}
