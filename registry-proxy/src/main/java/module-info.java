/**
 * The pull-through cache: start with {@link dev.cistern.proxy.PullThroughCache}. The packages below
 * {@code dev.cistern.proxy.internal} are not exported and may change in every release.
 */
@SuppressWarnings("requires-automatic") // Okio's name is fixed in its manifest.
module dev.cistern.proxy {
  requires java.net.http;
  requires transitive dev.cistern.api;
  requires transitive dev.cistern.storage;
  requires com.google.common;
  requires okhttp3;
  requires okio;
  requires org.slf4j;
  requires tools.jackson.core;
  requires tools.jackson.databind;
  requires static transitive org.jspecify;

  exports dev.cistern.proxy;
  exports dev.cistern.proxy.content;
  exports dev.cistern.proxy.credential;
  exports dev.cistern.proxy.event;
  exports dev.cistern.proxy.maintenance;
  exports dev.cistern.proxy.peer;
  exports dev.cistern.proxy.policy;
  exports dev.cistern.proxy.report;
  exports dev.cistern.proxy.upstream;
  exports dev.cistern.proxy.upstream.http;
}
