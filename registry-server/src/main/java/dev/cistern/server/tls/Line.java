package dev.cistern.server.tls;

/** Keeps messages on one line, whatever the names in them are made of. */
final class Line {

  private Line() {}

  static String of(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]+", "?");
  }
}
