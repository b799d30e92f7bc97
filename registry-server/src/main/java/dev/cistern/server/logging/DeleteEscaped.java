package dev.cistern.server.logging;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.CharacterEscapes;

/** Escapes DEL as well, the one ASCII control character that JSON allows unescaped. */
final class DeleteEscaped extends CharacterEscapes {

  private static final long serialVersionUID = 1;

  private static final int DELETE = 0x7f;

  private final int[] escapes = standardAsciiEscapesForJSON();

  DeleteEscaped() {
    escapes[DELETE] = ESCAPE_STANDARD;
  }

  @Override
  public int[] getEscapeCodesForAscii() {
    return escapes;
  }

  @Override
  public @Nullable SerializableString getEscapeSequence(int character) {
    return null;
  }
}
