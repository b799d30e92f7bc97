# Three Docker daemons pull one image of thirty layers through three nodes at once. Sourced.

run_images() {
  local shape node
  section "images: three Docker daemons pull 30 layers through three nodes at once"
  for node in "${NODES[@]}"; do
    CACHE_URL=$(node_url "$node")
    check "images: daemon $node is ready" docker_daemon "docker-$node"
  done
  table "Three Docker daemons pull one cold image of 30 layers through three caches at once. Requests to upstream:" \
    "caches" "GET of blobs" "GET of manifests" "HEAD of manifests" "blobs got twice"
  for shape in $SHAPES; do
    images_over "$shape" peers
    check "images, $shape: upstream sent each blob and each manifest exactly once" upstream_asked once "$ARCHITECTURE" many
    check "images, $shape: by digest, they pull again, upstream stopped" images_without_upstream
    images_over "$shape" alone
  done
  for node in "${NODES[@]}"; do stop "docker-$node"; done
  section_end docker-1
}

# images_over SHAPE peers|alone
images_over() {
  local what="$1, $([[ $2 == peers ]] && echo "with peers" || echo "without peers")"
  check "images, $what: three nodes start, with nothing in them" images_nodes "$@"
  upstream_mark
  check "images, $what: the three pull at once, and get the right digests" docker_pulls ":$(image many '.tags[0]')"
  upstream_quiet
  row "$what" "$(asked GET blobs)" "$(asked GET manifests)" "$(asked HEAD manifests)" "$(asked GET blobs twice)"
}

images_nodes() {
  local node
  for node in "${NODES[@]}"; do
    DOCKER_HOST=unix://$WORK/docker-$node/daemon.sock docker_forget || return 1
  done
  NODE_UPSTREAM=$UPSTREAM_HOST
  cluster_fresh "$@" || return 1
  NODE_UPSTREAM=$SLOW_LINK_HOST
}

images_without_upstream() {
  local node failures=0
  for node in "${NODES[@]}"; do
    DOCKER_HOST=unix://$WORK/docker-$node/daemon.sock docker_forget || return 1
  done
  upstream_stop
  docker_pulls "@$(image many .digest)" || failures=1
  upstream_start
  return $failures
}

# docker_pulls SUFFIX: all three at once.
docker_pulls() {
  local node pulls=() pull failures=0
  for node in "${NODES[@]}"; do
    CACHE_URL=$(node_url "$node") DOCKER_HOST=unix://$WORK/docker-$node/daemon.sock pulls docker many "$1" &
    pulls+=($!)
  done
  for pull in "${pulls[@]}"; do wait "$pull" || failures=$((failures + 1)); done
  equal 0 $failures
}

# asked METHOD blobs|manifests [twice]: how many such requests upstream has answered since the mark; or how many of their
# paths more than once.
asked() {
  tail -c "+$((UPSTREAM_MARK + 1))" "$UPSTREAM_LOG" | grep -o "\"$1 /v2/[^ ]*/$2/[^ ]*" |
    sort | uniq -c | awk -v twice="${3:-}" '{ sum += twice == "" ? $1 : $1 > 1 } END { print sum + 0 }'
}
