package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;

/** The answer to a request for a part of a blob has other bytes than those that were asked for. */
final class OtherAnswerException extends RegistryException {

  OtherAnswerException(String message) {
    super(ErrorCode.BAD_GATEWAY, message);
  }
}
