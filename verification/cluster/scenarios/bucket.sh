# The bucket is gone, silent or slow: pulls go on. Sourced.

readonly BUCKET_RELAY=127.0.0.1:7071
readonly SLOW_BUCKET=10000 # bytes a second of each connection
readonly PULL_SECONDS=10   # more than it takes to give up the bucket, and much less than a client waits

run_bucket() {
  [[ $SHAPES == *bucket* ]] || return 0
  local peers
  section "bucket: it is gone, silent, slow"
  table "Seconds of pulls while the bucket fails: an image of 30 layers by the node that has it in its local directory, the same by another node, which has only the bucket and, with peers, the other nodes, and a blob of 64 MiB that is nowhere yet:" \
    "the bucket is" "local directory" "another node" "cold blob"
  for peers in alone peers; do
    bucket_fails $peers gone
    bucket_fails $peers silent
    bucket_fails $peers slow
  done
}

# bucket_fails alone|peers gone|silent|slow
bucket_fails() {
  local peers=$1 how=$2 what="$2, $1" warm only cold
  NODE_UPSTREAM=$UPSTREAM_HOST
  check "bucket, $what: three nodes start, with nothing in them" bucket_nodes "$peers"
  # With peers, a node keeps what others own when it is asked for the second time.
  check "bucket, $what: node 1 pulls an image" crane_pull 1 many
  check "bucket, $what: it pulls it again" crane_pull 1 many
  check "bucket, $what: the bucket has it" bucket_quiet
  upstream_mark
  case $how in
    gone) stop gateway ;;
    silent) kill -STOP "${PIDS[gateway]}" ;;
    slow)
      stop relay
      bucket_relay $SLOW_BUCKET
      ;;
  esac
  warm=$(timed crane_pull 1 many)
  only=$(timed crane_pull 2 many)
  cold=$(timed fetched 2 "$BLOB_PATH")
  row "$how$([[ $peers == alone ]] || echo ", with peers")" "$warm" "$only" "$cold"
  check "bucket, $what: what is in the local directory is pulled within $PULL_SECONDS s" at_most $PULL_SECONDS "$warm"
  check "bucket, $what: another node pulls it within $PULL_SECONDS s" at_most $PULL_SECONDS "$only"
  check "bucket, $what: a cold blob of 64 MiB is pulled within $PULL_SECONDS s" at_most $PULL_SECONDS "$cold"
  [[ $how != silent ]] || kill -CONT "${PIDS[gateway]}"
  # First, or the nodes would wait for what they store in a slow bucket.
  stop relay
  cluster_stop
  NODE_UPSTREAM=$SLOW_LINK_HOST
}

# Nodes reach the bucket through a relay, which is fast at first.
bucket_nodes() {
  cluster_stop
  bucket_relay && cluster_fresh bucket "$1" $BUCKET_RELAY
}

bucket_relay() {
  stop relay
  spawn relay "$cluster/servers/relay.py" "$BUCKET_RELAY=$BUCKET_HOST" "$@"
  ready relay takes_connections
}

# There may be no bucket behind it yet.
takes_connections() { (exec 3<>"/dev/tcp/${BUCKET_RELAY/://}"); }

# timed COMMAND...: the seconds that it took; nothing if it failed.
timed() {
  local started ended
  started=$(date +%s%N)
  "$@" >"$WORK/timed" 2>&1 || { cat "$WORK/timed" >&2; return 0; }
  ended=$(date +%s%N)
  awk -v ns=$((ended - started)) 'BEGIN { printf "%.2f", ns / 1e9 }'
}
