package dev.cistern.server.tls;

/**
 * What stood in the two files at one time, to be read and to be compared with what stands there
 * later. Content rather than modification times, which links, copies and restored backups make
 * unreliable; two files of a few kilobytes are read in no time.
 */
record IdentityText(String certificate, String key) {

  @Override
  public String toString() {
    return "IdentityText[***]";
  }
}
