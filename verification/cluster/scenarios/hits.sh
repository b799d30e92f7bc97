# Hits: a cache over a bucket with its local directory, and one over a directory, measured in turns. Sourced.

HITS_RUNS=15 HITS_SECONDS=2
[[ -z $QUICK ]] || HITS_RUNS=3 HITS_SECONDS=1
readonly HITS_GOAL=0.95
declare -rA HITS_SHAPES=([1]=nothing [2]=bucket)

run_hits() {
  [[ $SHAPES == *bucket* ]] || return 0
  local manifest small
  section "hits: through the local directory of a bucket, and from the filesystem driver"
  check "hits: the gateway starts" bucket_fresh
  check "hits: a cache over a directory and one over a bucket start" hits_start
  # By digest, so that no tag is checked upstream.
  manifest=$(image many .digest)
  small=$(image many '.manifests[].blobs | to_entries | min_by(.value) | .key')
  table "Requests per second for what is cached, by wrk with 16 connections, medians of $HITS_RUNS runs in turns:" \
    "request" "a directory" "a bucket, through the local directory" "ratio"
  hits_of "manifest by digest" "/v2/$(image many .repository)/manifests/$manifest"
  hits_of "blob of $(image many ".manifests[].blobs[\"$small\"]") bytes" "/v2/$(image many .repository)/blobs/$small"
  section_end node-1 node-2
}

hits_start() {
  local node
  cluster_stop
  rm -rf "$WORK/nodes"
  PEERS=alone NODE_UPSTREAM=$UPSTREAM_HOST
  for node in 1 2; do
    SHAPE=${HITS_SHAPES[$node]}
    node_start "$node" && crane_pull "$node" many || return 1
  done
  NODE_UPSTREAM=$SLOW_LINK_HOST
}

# hits_of WHAT PATH
hits_of() {
  local what=$1 path=$2 run node order=(1 2) first second ratio
  declare -A rates=([1]='' [2]='')
  for node in 1 2; do rate "$(node_url "$node")$path" 64 10 >/dev/null; done
  bucket_quiet
  for ((run = 0; run < HITS_RUNS; run++)); do
    for node in "${order[@]}"; do
      rates[$node]+="$(rate "$(node_url "$node")$path" 16 $HITS_SECONDS)"$'\n'
    done
    order=("${order[1]}" "${order[0]}")
  done
  first=$(median <<<"${rates[1]}")
  second=$(median <<<"${rates[2]}")
  # Of each pair by itself: what else the machine does changes from pair to pair.
  ratio=$(paste <(echo "${rates[1]}") <(echo "${rates[2]}") | awk 'NF == 2 { printf "%.3f\n", $2 / $1 }' | median)
  row "$what" "$first" "$second" "$ratio"
  check "hits, $what: at least $HITS_GOAL of the filesystem driver's rate" at_least $HITS_GOAL "$ratio"
}

median() { grep . | sort -n | awk '{ figure[NR] = $1 } END { print figure[int((NR + 1) / 2)] }'; }
