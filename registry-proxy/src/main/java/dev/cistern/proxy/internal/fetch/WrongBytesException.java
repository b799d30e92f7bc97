package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;

/** The upstream sent bytes that contradict the digest or the size that it announced. */
final class WrongBytesException extends RegistryException {

  WrongBytesException(String message) {
    super(ErrorCode.BAD_GATEWAY, message);
  }
}
