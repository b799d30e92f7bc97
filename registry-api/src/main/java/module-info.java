/** The registry protocol as values, in {@link dev.cistern.api}. */
module dev.cistern.api {
  requires tools.jackson.core;
  requires static transitive org.jspecify;

  exports dev.cistern.api;
}
