package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;

/** The upstream sent something else than the digest or its own announcement says. */
final class WrongBytesException extends RegistryException {

  WrongBytesException(String message) {
    super(ErrorCode.BAD_GATEWAY, message);
  }
}
