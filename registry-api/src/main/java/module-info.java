/** The registry protocol as values: {@link dev.cistern.api} is all of it. */
module dev.cistern.api {
  requires tools.jackson.core;
  requires static transitive org.jspecify;

  exports dev.cistern.api;
}
