# The node that fetches ends, or stands still, in the middle. Sourced.

readonly OWNER_CLIENTS=10 OWNER_RATE=8000000 # at each node; bytes a second

run_owner() {
  local shape
  section "owner: the node that fetches is killed, or stopped, in the middle of 64 MiB"
  table "The node that fetches a blob of 64 MiB at 8 MB/s is lost after 40 %:" \
    "caches, signal" "sent by upstream" "right bodies at the others" "all done"
  for shape in $SHAPES; do
    owner_lost "$shape" KILL
    owner_lost "$shape" STOP
  done
}

# owner_lost SHAPE KILL|STOP
owner_lost() {
  local shape=$1 signal=$2 what="$1, $2" lost others bytes right
  slow_link_stop
  check "owner, $what: the slow link starts" slow_link_start $OWNER_RATE
  check "owner, $what: three nodes start, with nothing in them" cluster_fresh "$shape" peers
  storm_begin $OWNER_CLIENTS 0.5 "${NODES[@]}"
  check "owner, $what: upstream has sent 40 %" transferred "$BLOB" 0.4
  lost=$(owner) || { failed "owner, $what: one node fetches"; storm_end "${NODES[@]}"; return 0; }
  mapfile -t others < <(other_nodes "$lost")
  kill "-$signal" "$(node_pid "$lost")"
  # Here, or the shell would say that it was killed.
  [[ $signal == STOP ]] || wait "$(node_pid "$lost")" 2>/dev/null || true
  storm_end "${others[@]}"
  bytes=$(slow_link_bytes_now "$BLOB")
  right=$(for node in "${others[@]}"; do jq .right "$WORK/storm-$node.json"; done | awk '{ n += $1 } END { print n }')
  row "$what" "$(times "$bytes" "$BLOB_SIZE") times" "$right of $((2 * OWNER_CLIENTS))" "$(storm_figure .seconds "${others[@]}") s"
  check "owner, $what: no body at the others is wrong or cut" storm_bodies $OWNER_CLIENTS "${others[@]}"
  check "owner, $what: upstream sent less than 1.5 times the bytes" below 1.5 "$(times "$bytes" "$BLOB_SIZE")"
  if [[ $signal == STOP ]]; then
    kill -CONT "$(node_pid "$lost")"
    storm_end "$lost"
    check "owner, $what: going on, it gives its own clients the right bodies" storm_bodies $OWNER_CLIENTS "$lost"
  else
    storm_end "$lost"
    check "owner, $what: it starts again" node_start "$lost"
    check "owner, $what: it serves the blob" fetched "$lost" "$BLOB_PATH"
  fi
}
