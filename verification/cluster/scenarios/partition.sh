# The network between node 3 and the others fails. Upstream and clients are still reached. Sourced.

readonly PARTITION_CLIENTS=10 PARTITION_RATE=8000000 # at each node; bytes a second

run_partition() {
  local shape
  section "partition: node 3 and the others do not reach each other"
  table "Node 3 and the others do not reach each other; all have $PARTITION_CLIENTS clients of a cold blob of 64 MiB at 8 MB/s:" \
    "caches, partition" "sent by upstream" "requests to upstream" "slowest first byte" "all done"
  for shape in $SHAPES; do
    partition_of "$shape" silent before
    partition_of "$shape" silent amid
    partition_of "$shape" refusing before
    partition_of "$shape" refusing amid
  done
  rm -f "$WORK"/hosts-[0-9]
}

# partition_of SHAPE silent|refusing before|amid: it begins before the first request, or in the middle of the transfer.
partition_of() {
  local what="$1, $2, $3" bytes gets first
  slow_link_stop
  check "partition, $what: the slow link starts" slow_link_start $PARTITION_RATE
  check "partition, $what: the network between node 3 and the others starts" relay_start
  check "partition, $what: three nodes start, with nothing in them" cluster_fresh "$1" peers
  check "partition, $what: the nodes know each other" partition_is_over
  [[ $3 == amid ]] || partition_begin "$2"
  storm_begin $PARTITION_CLIENTS 0.5 "${NODES[@]}"
  if [[ $3 == amid ]]; then
    check "partition, $what: upstream has sent 40 %" transferred "$BLOB" 0.4
    partition_begin "$2"
  fi
  storm_end "${NODES[@]}"
  link_settled
  bytes=$(slow_link_bytes "$BLOB")
  gets=$(slow_link_gets "$BLOB")
  first=$(first_byte "${NODES[@]}")
  row "$what" "$(times "$bytes" "$BLOB_SIZE") times" "$gets" "$first s" "$(storm_figure .seconds "${NODES[@]}") s"
  check "partition, $what: all bodies are right" storm_bodies $PARTITION_CLIENTS "${NODES[@]}"
  # 2.00 times the blob: what is on its way when one of several connections ends is sent for nothing.
  check "partition, $what: at most one transfer for each side" at_most $((2 * BLOB_SIZE * 1005 / 1000)) "$bytes"
  check "partition, $what: the network is back" partition_end "$2"
  check "partition, $what: then a cold image is fetched once again" partition_is_over
  cluster_stop
  stop relay
}

# relay_start: all that goes between node 3 and the others goes through one process.
relay_start() {
  stop relay
  spawn relay "$cluster/servers/relay.py" \
    "127.0.1.3:$(node_port 3)=127.0.0.1:$(node_port 3)" \
    "127.0.2.3:$(node_port 3)=127.0.0.1:$(node_port 3)" \
    "127.0.3.1:$(node_port 1)=127.0.0.1:$(node_port 1)" \
    "127.0.3.2:$(node_port 2)=127.0.0.1:$(node_port 2)"
  node_hosts 1 3 127.0.1.3
  node_hosts 2 3 127.0.2.3
  node_hosts 3 1 127.0.3.1 2 127.0.3.2
}

partition_begin() {
  case $1 in
    silent) kill -STOP "${PIDS[relay]}" ;;
    refusing) stop relay ;;
  esac
}

partition_end() {
  case $1 in
    silent) kill -CONT "${PIDS[relay]}" ;;
    refusing) relay_start ;;
  esac
}

# partition_is_over: each node gets an answer from each other one for a blob that is new to all, with one transfer. A node
# that was skipped is asked again after a while: a transfer more in the first attempts is right.
partition_is_over() {
  local deadline=$((SECONDS + 60)) digest once=0
  for digest in $(image many '.manifests[].blobs | keys[]'); do
    ((SECONDS < deadline)) || break
    fetched_by_all "/v2/$(image many .repository)/blobs/$digest" || return 1
    case $(slow_link_gets "$digest") in
      0) continue ;; # they had it
      1) once=$((once + 1)) ;;
      *) once=0 ;;
    esac
    ((once < 4)) || return 0
    sleep 0.3
  done
  echo "nodes still make transfers of their own"
  return 1
}

fetched_by_all() {
  local node fetches=() fetch failures=0
  for node in "${NODES[@]}"; do
    fetched "$node" "$1" &
    fetches+=($!)
  done
  for fetch in "${fetches[@]}"; do wait "$fetch" || failures=1; done
  return $failures
}
