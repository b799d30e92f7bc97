# The three restart one after the other, again and again, while clients pull through a load balancer. Sourced.

readonly BALANCER_PORT=5030
ROLLING_SECONDS=60
[[ -z $QUICK ]] || ROLLING_SECONDS=15

run_rolling() {
  local shape
  section "rolling: nodes restart in turns for $ROLLING_SECONDS s, under pulls"
  table "The three restart in turns, each with an empty disk of its own, while four clients pull through a load balancer:" \
    "shared" "restarts" "pulls" "failed pulls"
  for shape in $SHAPES; do
    rolling_over "$shape"
  done
}

rolling_over() {
  local shape=$1 ports=() node
  for node in "${NODES[@]}"; do ports+=("$(node_port "$node")"); done
  NODE_UPSTREAM=$UPSTREAM_HOST
  check "rolling, $shape: three nodes start, with nothing in them" cluster_fresh "$shape" peers
  balancer_configuration $BALANCER_PORT "${ports[@]}" >"$WORK/haproxy.cfg"
  spawn balancer haproxy -db -f "$WORK/haproxy.cfg"
  check "rolling, $shape: the load balancer starts" ready balancer curl -fsS "http://127.0.0.1:$BALANCER_PORT/v2/"
  rolling_pulls "$shape"
  stop balancer
  cluster_stop
  NODE_UPSTREAM=$SLOW_LINK_HOST
}

rolling_pulls() {
  local shape=$1 work=$WORK/rolling crane=$INTEROP_TOOLS/crane clients=() images=() client key restarts=0 wrong=0 node until code
  rm -rf "$work"
  mkdir "$work"
  : >"$work/pulls"
  for key in many tiny legacy; do
    images+=("127.0.0.1:$BALANCER_PORT/$(image "$key" .repository):$(image "$key" '.tags[0]')")
  done
  for client in 1 2 3 4; do
    pull_until_end "$client" "${images[@]}" &
    clients+=($!)
  done
  until=$((SECONDS + ROLLING_SECONDS))
  while ((SECONDS < until)); do
    for node in "${NODES[@]}"; do
      code=0
      kill -TERM "$(node_pid "$node")"
      wait "$(node_pid "$node")" || code=$?
      ((code == 0)) || { echo "node $node ended with exit code $code"; wrong=$((wrong + 1)); }
      node_lose "$node"
      node_start "$node" && in_service "$node" || wrong=$((wrong + 1))
      restarts=$((restarts + 1))
    done
  done
  touch "$work/end"
  wait "${clients[@]}"
  row "$shape" "$restarts" "$(grep -cx ok "$work/pulls")" "$(grep -cx failed "$work/pulls")"
  check "rolling, $shape: no pull failed" rolling_none_failed
  check "rolling, $shape: every node ended with exit code 0, and started again" equal 0 $wrong
}

rolling_none_failed() { head -n 20 "$work/failed.log"; equal 0 "$(grep -cx failed "$work/pulls")"; }

# in_service NODE: the load balancer has had the time to see that it is ready, before the next one ends.
in_service() {
  ready "node-$1" curl -fsS "$(node_url "$1")/readyz" && sleep 0.5
}
