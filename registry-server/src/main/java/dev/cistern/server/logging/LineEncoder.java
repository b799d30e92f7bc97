package dev.cistern.server.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;

/** Encodes each event as lines of its own: there is nothing before the first and after the last. */
abstract class LineEncoder extends EncoderBase<ILoggingEvent> {

  @Override
  public final byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public final byte[] footerBytes() {
    return new byte[0];
  }
}
