package dev.cistern.server.tls;

/**
 * The content of the two files at one time, to compare with their later content. Not modification
 * times: links, copies and restored backups make them unreliable. To read two small files is cheap.
 */
record IdentityText(String certificate, String key) {

  @Override
  public String toString() {
    return "IdentityText[***]";
  }
}
