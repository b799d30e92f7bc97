package dev.cistern.proxy;

import dev.cistern.api.RepositoryName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

  /**
   * Connects to the upstreams of a builder.
   *
   * @param connect makes an upstream from its component, empty for the default one, and its options
   */
  Registries(
      PullThroughCacheBuilder options, BiFunction<String, UpstreamOptions, Registry> connect) {
    this.connect = connect;
    Map<String, Registry> others = new HashMap<>();
    options.upstreams().forEach((name, its) -> others.put(name, connect.apply(name, its)));
    listed =
        new Listed(
            connect.apply("", options.defaultUpstream()),
            Map.copyOf(others),
            options.unlistedUpstreams());
  }

  /** The upstream of a repository of the cache. */
  Registry of(RepositoryName repository) {
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

  private Registry unlisted(String component, Listed now) {
    Optional<UpstreamOptions> options = now.unlisted.apply(component);
    if (options.isEmpty()) {
      return now.main;
    }
    synchronized (unlisted) {
      Registry found = unlisted.get(component);
      if (found == null) {
        if (unlisted.size() >= MAX_UNLISTED) {
          String oldest = unlisted.keySet().iterator().next();
          retire(Objects.requireNonNull(unlisted.remove(oldest)));
        }
        found = connect.apply(component, options.get());
        unlisted.put(component, found);
      }
      return found;
    }
  }

  /** The default upstream. */
  Registry main() {
    return listed.main;
  }

  /**
   * Takes up the upstreams of a builder. Those whose options are the same objects go on as they
   * are. Others are connected anew; work in progress with the old ones ends first.
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
      all.addAll(unlisted.values());
    }
    // All calls are ended before the first thread is waited for.
    all.forEach(registry -> registry.upstream().close());
    all.forEach(Registry::close);
  }
}
