package dev.cistern.proxy;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The upstreams of a cache, by the first component of the names of their repositories. They can be
 * replaced while the cache is used. Thread-safe.
 */
final class Registries implements AutoCloseable {

  /** How many upstreams that are not listed may be connected at once. */
  private static final int MAX_UNLISTED = 100;

  private final BiFunction<String, UpstreamOptions, Registry> connect;
  private final Executor closing;

  /** Replaced as a whole. */
  private record Listed(
      Registry main,
      Map<String, Registry> others,
      Function<String, Optional<UpstreamOptions>> unlisted) {}

  private volatile Listed listed;

  // Guarded by itself, the least recently used one first.
  private final Map<String, Registry> unlisted = new LinkedHashMap<>(16, 0.75f, true);

  private final Set<Registry> retired = ConcurrentHashMap.newKeySet();
  private boolean closed; // guarded by this
  private boolean closedForNew; // guarded by unlisted

  /**
   * Connects to the upstreams of a builder.
   *
   * @param connect makes an upstream from its component, empty for the default one, and its options
   * @param closing closes upstreams that make room for others, which may block
   */
  Registries(
      PullThroughCacheBuilder options,
      BiFunction<String, UpstreamOptions, Registry> connect,
      Executor closing) {
    this.connect = connect;
    this.closing = closing;
    Map<String, Registry> others = new HashMap<>();
    options.upstreams().forEach((name, its) -> others.put(name, connect.apply(name, its)));
    listed =
        new Listed(
            connect.apply("", options.defaultUpstream()),
            Map.copyOf(others),
            options.unlistedUpstreams());
  }

  /**
   * The upstream of a repository of the cache.
   *
   * @throws RegistryException if it is not listed, and too many of those are in use
   */
  Registry of(RepositoryName repository) throws RegistryException {
    Listed now = listed;
    int slash = repository.value().indexOf('/');
    if (slash < 0) {
      return now.main;
    }
    String component = repository.value().substring(0, slash);
    Registry found = now.others.get(component);
    if (found != null) {
      return found;
    }
    // Only names of hosts have a dot or a port.
    return component.indexOf('.') < 0 && component.indexOf('_') < 0
        ? now.main
        : unlisted(component, now);
  }

  private Registry unlisted(String component, Listed now) throws RegistryException {
    synchronized (unlisted) {
      Registry known = unlisted.get(component);
      if (known != null) {
        return known;
      }
    }
    Optional<UpstreamOptions> options = now.unlisted.apply(component);
    if (options.isEmpty()) {
      return now.main;
    }
    synchronized (unlisted) {
      Registry known = unlisted.get(component);
      if (known != null) {
        return known;
      }
      if (closedForNew || !makeRoom()) {
        throw new RegistryException(
            ErrorCode.UNAVAILABLE,
            "Too many registries that are not listed are in use; " + component + " must wait");
      }
      Registry made = connect.apply(component, options.get());
      unlisted.put(component, made);
      return made;
    }
  }

  /** Closes the least recently used upstream that has no work, if there are too many. */
  private boolean makeRoom() {
    if (unlisted.size() < MAX_UNLISTED) {
      return true;
    }
    Iterator<Registry> oldest = unlisted.values().iterator();
    while (oldest.hasNext()) {
      Registry registry = oldest.next();
      if (registry.threads().areIdle()) {
        oldest.remove();
        // Not on this thread, which must not block.
        closing.execute(registry::close);
        return true;
      }
    }
    return false;
  }

  /** The default upstream. */
  Registry main() {
    return listed.main;
  }

  /**
   * Takes up the upstreams of a builder. Those whose options are the same objects go on as they
   * are. Others are connected again; work in progress with the old ones ends first.
   */
  synchronized void replaceBy(PullThroughCacheBuilder options) {
    if (closed) {
      return;
    }
    Listed before = listed;
    Map<String, Registry> others = new HashMap<>();
    options
        .upstreams()
        .forEach((name, its) -> others.put(name, renewed(name, its, before.others.get(name))));
    Registry main = renewed("", options.defaultUpstream(), before.main);
    listed = new Listed(main, Map.copyOf(others), options.unlistedUpstreams());
    before.others.values().stream().filter(old -> !others.containsValue(old)).forEach(this::retire);
    if (!before.main.equals(main)) {
      retire(before.main);
    }
    if (!before.unlisted.equals(options.unlistedUpstreams())) {
      synchronized (unlisted) {
        unlisted.values().forEach(this::retire);
        unlisted.clear();
      }
    }
  }

  private void retire(Registry registry) {
    retired.add(registry);
    registry.retire(() -> retired.remove(registry));
  }

  private Registry renewed(String name, UpstreamOptions options, @Nullable Registry before) {
    return before != null && before.options().equals(options)
        ? before
        : connect.apply(name, options);
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    List<Registry> all = new ArrayList<>(listed.others.values());
    all.add(listed.main);
    all.addAll(retired);
    synchronized (unlisted) {
      closedForNew = true;
      all.addAll(unlisted.values());
    }
    // All calls are ended before the first thread is waited for.
    all.forEach(registry -> registry.upstream().close());
    all.forEach(Registry::close);
  }
}
