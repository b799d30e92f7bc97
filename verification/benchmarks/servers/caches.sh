# The caches: Cistern, nginx, and the peer, Distribution's registry in proxy mode. None writes an access log.

readonly PEER_PORT=5003
readonly CISTERN_TLS_PORT=5006
readonly CISTERN_OTHER_PORT=5007
declare -A CISTERNS=()

# The archive of loaded classes, where the build has made one.
CISTERN_ARCHIVE=${CISTERN_ARCHIVE:-${CISTERN_JAR%.jar}.jsa}

# The JVM's options, by default those that docs/operations.md gives for little memory.
CISTERN_JAVA_OPTIONS=${CISTERN_JAVA_OPTIONS:--Xms24m -Xmx64m -XX:+UseSerialGC}
export CISTERN_JAVA_OPTIONS

# cistern_command: the words that start Cistern, but for its arguments, in the array COMMAND.
cistern_command() {
  local options
  read -ra options <<<"$CISTERN_JAVA_OPTIONS"
  COMMAND=(env MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}" java "${options[@]}")
  case $CISTERN_ARCHIVE in
    *.aot) COMMAND+=(-XX:AOTCache="$CISTERN_ARCHIVE") ;;
    ?*) [[ ! -e $CISTERN_ARCHIVE ]] || COMMAND+=(-XX:SharedArchiveFile="$CISTERN_ARCHIVE" -Xshare:auto) ;;
  esac
  COMMAND+=(-jar "$CISTERN_JAR")
}

# cache_settings PORT DIRECTORY PROXY-LINES HTTP-LINES: a configuration that both caches understand, on standard output.
cache_settings() {
  cat <<-YAML
	version: 0.1
	log: {level: error, accesslog: {disabled: true}}
	storage: {filesystem: {rootdirectory: $2}}
	http: {addr: "127.0.0.1:$1", secret: bench$4}
	proxy: {remoteurl: "http://${CACHE_UPSTREAM:-$UPSTREAM_HOST}"$3}
	YAML
}

# cistern_start NAME PORT [DIRECTORY] [PROXY-LINES] [HTTP-LINES]: by default with an empty directory.
cistern_start() {
  local name=$1 port=$2 directory=${3:-$WORK/data/$ROW-$1}
  mkdir -p "$directory"
  cache_settings "$port" "$directory" "${4:-}" "${5:-}" >"$WORK/$name.yml"
  local COMMAND
  cistern_command
  spawn "$name" "${COMMAND[@]}" serve "$WORK/$name.yml"
  CISTERNS[$name]=${PIDS[$name]}
  ready "$name" curl -fsSk "http${5:+s}://127.0.0.1:$port/v2/"
}

cistern_tls_start() {
  certificate
  cistern_start tls $CISTERN_TLS_PORT "$1" "" \
    ", tls: {certificate: $WORK/tls/server.crt, key: $WORK/tls/server.key, minimumtls: tls1.3}"
}

# cisterns_stop: notes how much memory each took at its peak, then ends it.
cisterns_stop() {
  local name
  for name in "${!CISTERNS[@]}"; do
    note memory "$ROW" cistern peak_mib "$(awk '/^VmHWM/ { print $2 / 1024 }' "/proc/${CISTERNS[$name]}/status")"
    stop "$name"
  done
  CISTERNS=()
}

# PEER is its program. It would send traces to a collector that does not exist.
peer_start() {
  mkdir -p "$WORK/data/$ROW-peer"
  cache_settings $PEER_PORT "$WORK/data/$ROW-peer" "" "" >"$WORK/peer.yml"
  OTEL_TRACES_EXPORTER=none spawn peer "$PEER" serve "$WORK/peer.yml"
  ready peer curl -fsS "http://127.0.0.1:$PEER_PORT/v2/"
}

# address SUBJECT: where the subject of a measurement is asked.
address() {
  case $1 in
    cistern | plain) echo "http://$CACHE_HOST" ;;
    cistern-tls) echo "https://127.0.0.1:$CISTERN_TLS_PORT" ;;
    other) echo "http://127.0.0.1:$CISTERN_OTHER_PORT" ;;
    nginx) echo "http://127.0.0.1:$NGINX_PORT" ;;
    nginx-tls) echo "https://127.0.0.1:$NGINX_TLS_PORT" ;;
    nginx-cache) echo "http://127.0.0.1:$NGINX_CACHE_PORT" ;;
    peer) echo "http://127.0.0.1:$PEER_PORT" ;;
    direct) echo "http://$UPSTREAM_HOST" ;;
    link) echo "http://$SLOW_LINK_HOST" ;;
    *) return 1 ;;
  esac
}
