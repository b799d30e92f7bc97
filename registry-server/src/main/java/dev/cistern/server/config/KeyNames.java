package dev.cistern.server.config;

/** How messages name a key: the sections around it, joined by dots. */
final class KeyNames {

  private KeyNames() {}

  static String join(String section, String key) {
    return section.isEmpty() ? key : section + "." + key;
  }

  static String last(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
