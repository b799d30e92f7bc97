# What thirty clients of three caches cost the upstream: with peers, without, and with Distribution's registry. Sourced.

readonly COMPARE_CLIENTS=10 COMPARE_RATE=40000000 # at each node; bytes a second

run_compare() {
  local shape peers
  section "compare: $((3 * COMPARE_CLIENTS)) clients over three nodes, one cold blob of 64 MiB, upstream at $COMPARE_RATE bytes/s"
  table "$((3 * COMPARE_CLIENTS)) clients of three caches want one cold blob of 64 MiB; upstream sends $((COMPARE_RATE / 1000000)) MB/s:" \
    "caches" "sent by upstream" "slowest first byte" "all done"
  for shape in $SHAPES; do
    for peers in peers alone; do
      check "compare: three nodes start, $shape, $peers" compare_start cluster_fresh "$shape" "$peers"
      compare_row "Cistern, $shape, $([[ $peers == peers ]] && echo "with peers" || echo "without peers")"
    done
  done
  cluster_stop
  if [[ $SHAPES == *bucket* ]]; then
    check "compare: three Distribution 3.1 start over one bucket" compare_start distribution_start
    compare_row "Distribution 3.1, bucket"
    distribution_stop
  fi
}

compare_start() {
  slow_link_stop
  slow_link_start $COMPARE_RATE && "$@"
}

compare_row() {
  check "compare, $1: they have pulled an image before" warm_up_nodes
  storm_begin $COMPARE_CLIENTS $STORM_SECONDS "${NODES[@]}"
  storm_end "${NODES[@]}"
  link_settled
  row "$1" "$(times "$(slow_link_bytes "$BLOB")" "$BLOB_SIZE") times" "$(first_byte "${NODES[@]}") s" "$(storm_figure .seconds "${NODES[@]}") s"
  check "compare, $1: all bodies are right" storm_bodies $COMPARE_CLIENTS "${NODES[@]}"
}

distribution_start() {
  bucket_fresh || return 1
  local node
  for node in "${NODES[@]}"; do
    {
      printf 'version: 0.1\nlog: {level: warn, accesslog: {disabled: true}}\n'
      printf 'http: {addr: "127.0.0.1:%s", secret: cluster}\n' "$(node_port "$node")"
      bucket_section
      printf 'proxy: {remoteurl: "http://%s"}\n' "$SLOW_LINK_HOST"
    } >"$WORK/distribution-$node.yml"
    # Its client cannot use a bundle of certificates from the environment.
    spawn "distribution-$node" env -u AWS_CA_BUNDLE "$INTEROP_TOOLS/distribution" serve "$WORK/distribution-$node.yml"
    ready "distribution-$node" curl -fsS "$(node_url "$node")/v2/" || return 1
  done
}

distribution_stop() {
  local node
  for node in "${NODES[@]}"; do stop "distribution-$node"; done
}
