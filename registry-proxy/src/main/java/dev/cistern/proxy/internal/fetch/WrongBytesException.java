package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.io.IOException;

/** The upstream sent bytes that contradict the digest or the size that it announced. */
final class WrongBytesException extends RegistryException {

  WrongBytesException(String message) {
    super(ErrorCode.BAD_GATEWAY, message);
  }

  /** This failure as readers of the blob see it. */
  IOException toIoException() {
    return new IOException(getMessage(), this);
  }
}
