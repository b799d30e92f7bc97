# The three caches. Sourced.
#
# What they share is their SHAPE: one `directory`, one `bucket`, or `nothing`. With PEERS=peers they know each other by
# name, node-1.test and so on. Each has an /etc/hosts of its own, so that a link between two of them can fail alone.

readonly NODES=(1 2 3)
declare -A STARTS=()
readonly NODE_HEAP=${NODE_HEAP:-96m}
SHAPE=nothing PEERS=peers NODE_UPSTREAM=$SLOW_LINK_HOST NODE_BUCKET=$BUCKET_HOST

node_port() { echo $((5010 + $1)); }
node_url() { echo "http://127.0.0.1:$(node_port "$1")"; }
node_pid() { echo "${PIDS[node-$1]}"; }

# cluster_fresh SHAPE peers|alone [BUCKET]: three nodes with nothing in them, running. BUCKET is where they find it.
cluster_fresh() {
  cluster_stop
  SHAPE=$1 PEERS=$2 NODE_BUCKET=${3:-$BUCKET_HOST}
  rm -rf "$WORK/nodes"
  if [[ $SHAPE == bucket ]]; then bucket_fresh || return 1; fi
  cluster_start
}

cluster_start() {
  local node
  for node in "${NODES[@]}"; do node_spawn "$node"; done
  for node in "${NODES[@]}"; do node_ready "$node" || return 1; done
  [[ $PEERS != peers ]] || ready node-1 peers_known
}

# peers_known: each node has found the two others since it started.
peers_known() {
  local node
  for node in "${NODES[@]}"; do
    (($(tail -c "+$((STARTS[node] + 1))" "$WORK/log/node-$node.log" | grep -o 'Peer node-[0-9].test:[0-9]* works' | sort -u | wc -l) == 2)) || return 1
  done
}

cluster_stop() {
  local node
  for node in "${NODES[@]}"; do
    # A stopped process takes no SIGTERM.
    if running "node-$node"; then kill -CONT "$(node_pid "$node")"; fi
    stop "node-$node"
  done
}

node_start() { node_spawn "$1" && node_ready "$1"; }

node_spawn() {
  mkdir -p "$WORK/nodes"
  node_configuration "$1" >"$WORK/node-$1.yml"
  [[ -e $WORK/hosts-$1 ]] || node_hosts "$1"
  local drivers=()
  touch "$WORK/log/node-$1.log"
  STARTS[$1]=$(stat -c %s "$WORK/log/node-$1.log")
  [[ $SHAPE != bucket ]] || drivers=(--driver-path "$(bucket_drivers)")
  spawn "node-$1" unshare --mount "$cluster/servers/with_hosts" "$WORK/hosts-$1" \
    java "-Xmx$NODE_HEAP" -jar "$CISTERN_JAR" "${drivers[@]}" serve "$WORK/node-$1.yml"
}

node_ready() {
  ready "node-$1" curl -fsS --max-time 2 "$(node_url "$1")/v2/" || { tail -n 10 "$WORK/log/node-$1.log" && return 1; }
}

# node_lose NODE: removes what the node has for itself, as if its disk was new.
node_lose() {
  [[ $SHAPE == directory ]] || rm -rf "$WORK/nodes/$1"
}

node_configuration() {
  printf 'version: 0.1\nlog: {level: info, accesslog: {disabled: true}}\n'
  printf 'http: {addr: "127.0.0.1:%s", draintimeout: 20s, draindelay: 1s}\n' "$(node_port "$1")"
  case $SHAPE in
    directory) printf 'storage: {filesystem: {rootdirectory: %s}}\n' "$WORK/nodes/shared" ;;
    bucket) bucket_section "$NODE_BUCKET" ;;
    nothing) printf 'storage: {filesystem: {rootdirectory: %s}}\n' "$WORK/nodes/$1" ;;
  esac
  printf 'proxy:\n  remoteurl: http://%s\n' "$NODE_UPSTREAM"
  [[ $SHAPE != bucket ]] || printf '  local: {rootdirectory: %s}\n' "$WORK/nodes/$1"
  [[ $PEERS != peers ]] || node_peers "$1"
}

node_name() { echo "node-$1.test:$(node_port "$1")"; }

node_peers() {
  printf '  peers:\n    addresses: [%s, %s, %s]\n    self: %s\n    secret: the secret of this cluster\n' \
    "$(node_name 1)" "$(node_name 2)" "$(node_name 3)" "$(node_name "$1")"
}

# node_hosts NODE [OTHER ADDRESS]...: where the node finds the others; on loopback, but for those that are given.
node_hosts() {
  local node=$1 other
  shift
  {
    cat "$WORK/hosts"
    while (($# > 0)); do
      echo "$2 node-$1.test"
      shift 2
    done
    for other in "${NODES[@]}"; do echo "127.0.0.1 node-$other.test"; done
  } | awk '!seen[$2]++ || /localhost/' >"$WORK/hosts-$node"
}

# transferring: which node gets the most from the upstream now, by the sockets' counts.
transferring() {
  ss -HtnpiO state established "dport = :${SLOW_LINK_HOST#*:}" | awk '
    match($0, /pid=[0-9]+/) { pid = substr($0, RSTART + 4, RLENGTH - 4) }
    match($0, /bytes_received:[0-9]+/) { got[pid] += substr($0, RSTART + 15, RLENGTH - 15) }
    END { for (pid in got) if (got[pid] > most) { most = got[pid]; which = pid }; print which }'
}

# owner: the node that makes the transfer which has just begun.
owner() {
  local deadline=$((SECONDS + START_SECONDS)) pid node
  while ((SECONDS < deadline)); do
    pid=$(transferring)
    for node in "${NODES[@]}"; do
      [[ -z $pid || $(node_pid "$node") != "$pid" ]] || { echo "$node"; return 0; }
    done
    sleep 0.1
  done
  return 1
}

# other_nodes NODE: the two others.
other_nodes() {
  local node
  for node in "${NODES[@]}"; do [[ $node == "$1" ]] || echo "$node"; done
}
