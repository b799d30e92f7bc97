# The cache under test: Cistern, or Distribution's registry in proxy mode. Both take the same configuration.

# cache_configure DIRECTORY [tls]: writes the configuration of a cache of the upstream with its data in DIRECTORY.
cache_configure() {
  local directory=$1 tls=${2:-} upstream=${CACHE_UPSTREAM:-$UPSTREAM_HOST}
  cat >"$WORK/cache.yml" <<-YAML
	version: 0.1
	log:
	  level: info
	storage:
	  filesystem:
	    rootdirectory: $directory
	http:
	  addr: :$CACHE_PORT
	$([[ $tls == tls ]] && printf '  tls:\n    certificate: %s\n    key: %s\n' "$WORK/tls/cache.crt" "$WORK/tls/cache.key")
	proxy:
	  remoteurl: http://$upstream
	YAML
  CACHE_URL=http://$CACHE_HOST
  [[ $tls == tls ]] && CACHE_URL=https://$CACHE_NAME:$CACHE_PORT
  return 0
}

# cache_start [SOFTWARE]: starts it as configured; SOFTWARE is `cistern` or `distribution`, by default the one under test.
cache_start() {
  case ${1:-$CACHE} in
    # A small heap: memory must not grow with the size of a layer.
    cistern) spawn cache java -Xmx64m -jar "$CISTERN_JAR" serve "$WORK/cache.yml" ;;
    distribution) spawn cache docker-registry serve "$WORK/cache.yml" ;;
  esac
  ready cache curl -fsS --insecure "$CACHE_URL/v2/"
}

cache_stop() { stop cache; }

# cache_fresh [tls] [SOFTWARE]: a cache with nothing in it, running.
cache_fresh() {
  local tls=
  [[ ${1:-} == tls ]] && tls=tls && shift
  rm -rf "$WORK/cache"
  mkdir "$WORK/cache"
  cache_configure "$WORK/cache" $tls
  cache_start "$@"
}
