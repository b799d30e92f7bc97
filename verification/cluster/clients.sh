# Many clients of one blob, at several nodes at once. Sourced.

declare -A STORMS=()

# blob_facts: BLOB is the digest of the blob of 64 MiB, BLOB_SIZE its size, BLOB_PATH where it is asked for.
blob_facts() {
  BLOB=$(image storm '. as $image | .manifests[$image.digest].blobs | to_entries | max_by(.value) | .key')
  BLOB_SIZE=$(image storm ". as \$image | .manifests[\$image.digest].blobs[\"$BLOB\"]")
  BLOB_PATH=/v2/$(image storm .repository)/blobs/$BLOB
}

# storm_begin CLIENTS SECONDS NODE...: so many clients at each of these nodes begin to pull the blob, spread over the seconds.
storm_begin() {
  local clients=$1 spread=$2 node
  shift 2
  for node in "$@"; do
    "$here/clients/storm.py" "$(node_url "$node")$BLOB_PATH" "${BLOB#*:}" "$BLOB_SIZE" "$clients" "$spread" \
      >"$WORK/storm-$node.json" 2>"$WORK/log/storm-$node.log" &
    STORMS[$node]=$!
  done
}

# storm_end NODE...: waits until they have ended.
storm_end() {
  local node
  for node in "$@"; do
    wait "${STORMS[$node]}" || cat "$WORK/log/storm-$node.log"
    unset "STORMS[$node]"
  done
}

# storm_bodies CLIENTS NODE...: all clients of these nodes have got the whole body with the right hash.
storm_bodies() {
  local clients=$1 node right=0
  shift
  for node in "$@"; do
    jq -r ".problems[:5][] | \"node $node, \" + ." "$WORK/storm-$node.json"
    right=$((right + $(jq .right "$WORK/storm-$node.json")))
  done
  equal $((clients * $#)) "$right"
}

# storm_figure FILTER NODE...: the largest of a figure.
storm_figure() {
  local filter=$1 node files=()
  shift
  for node in "$@"; do files+=("$WORK/storm-$node.json"); done
  jq -s "map($filter) | max" "${files[@]}"
}

# first_byte NODE...: of the client that waited longest; a day if one got none.
first_byte() { storm_figure 'if .first < 0 or .slowest < 0 then 86400 else ([.first, .slowest] | max) end' "$@"; }

# transferred DIGEST PART: waits until upstream has sent so much of the blob, as a fraction.
transferred() {
  local deadline=$((SECONDS + 60))
  until (($(slow_link_bytes_now "$1") >= $(awk -v size="$BLOB_SIZE" -v part="$2" 'BEGIN { printf "%d", size * part }'))); do
    ((SECONDS < deadline)) || { echo "upstream sent only $(slow_link_bytes_now "$1") bytes within 60 s"; return 1; }
    sleep 0.05
  done
}

# link_settled: waits until the link has no transfer that goes on.
link_settled() {
  local deadline=$((SECONDS + 60))
  until slow_link_bytes_now "" >/dev/null && [[ ! -s $SLOW_LINK_LOG.open ]]; do
    ((SECONDS < deadline)) || return 1
    sleep 0.2
  done
}

# fetched NODE PATH: one client; says how many seconds it took, and fails when the body is not what the digest says.
fetched() {
  local seconds
  seconds=$(curl -fsS --max-time 120 -o "$WORK/body-$1" -w '%{time_total}' "$(node_url "$1")$2") || return 1
  [[ sha256:$(sha256sum <"$WORK/body-$1" | cut -d' ' -f1) == "${2##*/}" ]] || { echo "the hash is another"; return 1; }
  rm -f "$WORK/body-$1"
  echo "$seconds"
}

# crane_pull NODE KEY: pulls an image with crane, which checks digests. It has no cache of its own.
crane_pull() {
  "$INTEROP_TOOLS/crane" pull --insecure "127.0.0.1:$(node_port "$1")/$(image "$2" .repository):$(image "$2" '.tags[0]')" "$WORK/crane-$1.tar"
}

# warm_up_nodes: each pulls another image, as what a server does first is not what it does for long.
warm_up_nodes() {
  local node
  for node in "${NODES[@]}"; do crane_pull "$node" many || return 1; done
}
