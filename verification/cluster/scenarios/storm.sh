# Three hundred clients over three nodes want one cold blob. Sourced.

# A node of this machine hashes and sends to a hundred clients while the blob comes: the link is slow enough for it.
STORM_CLIENTS=100 STORM_RATE=2000000 # at each node; bytes a second
[[ -z $QUICK ]] || STORM_CLIENTS=20 STORM_RATE=8000000
readonly STORM_FIRST_BYTE=0.5 STORM_SECONDS=1

run_storm() {
  local shape alone
  section "storm: $((3 * STORM_CLIENTS)) clients over three nodes, one cold blob of $BLOB_SIZE bytes, upstream at $STORM_RATE bytes/s"
  check "the slow link starts" slow_link_start $STORM_RATE
  check "nodes start" cluster_fresh nothing alone
  check "they have pulled an image before" warm_up_nodes
  alone=$(fetched 1 "$BLOB_PATH")
  table "$((3 * STORM_CLIENTS)) clients of three caches want one cold blob of 64 MiB; upstream sends $((STORM_RATE / 1000000)) MB/s. One client alone takes ${alone%.*} s:" \
    "shared" "sent by upstream" "requests to upstream" "slowest first byte" "all done" "memory of a node"
  for shape in $SHAPES; do
    storm_over "$shape" "$alone"
  done
}

# storm_over SHAPE SECONDS: SECONDS is the time that one client takes.
storm_over() {
  local shape=$1 alone=$2 bytes first seconds memory
  slow_link_stop
  check "storm, $shape: the slow link starts" slow_link_start $STORM_RATE
  check "storm, $shape: three nodes start, with nothing in them" cluster_fresh "$shape" peers
  check "storm, $shape: they have pulled an image before" warm_up_nodes
  storm_begin $STORM_CLIENTS $STORM_SECONDS "${NODES[@]}"
  storm_end "${NODES[@]}"
  link_settled
  memory=$(node_memory)
  bytes=$(slow_link_bytes "$BLOB")
  first=$(first_byte "${NODES[@]}")
  seconds=$(storm_figure .seconds "${NODES[@]}")
  row "$shape" "$(times "$bytes" "$BLOB_SIZE") times" "$(slow_link_gets "$BLOB")" "$first s" "$seconds s" "$memory MiB"
  check "storm, $shape: all bodies are right" storm_bodies $STORM_CLIENTS "${NODES[@]}"
  # Several connections fetch parts of the blob. What is on its way when one of them ends comes twice.
  check "storm, $shape: upstream sent the blob's bytes once" equal 1.00 "$(times "$bytes" "$BLOB_SIZE")"
  check "storm, $shape: every first byte came within $STORM_FIRST_BYTE s" at_most $STORM_FIRST_BYTE "$first"
  check "storm, $shape: all were done within 1.2 times one client's time" at_most "$(awk -v s="$alone" 'BEGIN { print 1.2 * s }')" "$seconds"
}

# node_memory: the highest peak of the resident memory of the nodes, in MiB.
node_memory() {
  local node
  for node in "${NODES[@]}"; do awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$(node_pid "$node")/status"; done | sort -n | tail -n 1
}
