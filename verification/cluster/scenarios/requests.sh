# What pulls cost the bucket in requests. Sourced.

readonly REQUEST_KINDS="HEAD GET PUT POST DELETE LIST"
# One of the caches looks for what to evict, at its start and then each tenth of `proxy.ttl`: no part of a pull.
readonly SWEEPS='cistern/sweep|ListObjects'

run_requests() {
  [[ $SHAPES == *bucket* ]] || return 0
  local peers what
  section "requests: what a node costs the bucket"
  # shellcheck disable=SC2086 # one word a column
  table "Requests to the bucket for one pull of an image: a tag, a manifest, 31 blobs:" "pull" $REQUEST_KINDS "all"
  NODE_UPSTREAM=$UPSTREAM_HOST NOT_COUNTED=$SWEEPS
  for peers in alone peers; do
    what=$([[ $peers == peers ]] && echo "with peers" || echo "without peers")
    check "requests: three nodes start, $what" cluster_fresh bucket $peers
    requests_of "cold, from upstream, $what" crane_pull 1 many
    requests_of "the second time at that node, $what" crane_pull 1 many
    # With peers, a node keeps what others own when it is asked for the second time.
    requests_of "the third time at that node, $what" crane_pull 1 many
    check "requests: a warm pull costs the bucket nothing, $what" equal 0 "$REQUESTS"
    requests_of "the first time at another node, $what" crane_pull 2 many
    requests_of "the second time at that one, $what" crane_pull 2 many
    NOT_COUNTED=
    requests_of "nothing for 30 s, three nodes, $what" sleep "$([[ -n $QUICK ]] && echo 5 || echo 30)"
    NOT_COUNTED=$SWEEPS
  done
  NODE_UPSTREAM=$SLOW_LINK_HOST NOT_COUNTED=
  cluster_stop
  bucket_fresh
  "$cluster/servers/fill_bucket.py" "$WORK/bucket/images/cache" 1000 10
  requests_of "gc --now of 1,000 contents in ten repositories, of which 500 are unused" gc_bucket
  check "requests: at most eight for each content that is evicted" at_most 4000 "$REQUESTS"
}

gc_bucket() {
  { printf 'version: 0.1\n' && bucket_section && printf 'proxy: {remoteurl: "http://%s"}\n' "$UPSTREAM_HOST"; } >"$WORK/gc.yml"
  java -Xmx128m -jar "$CISTERN_JAR" --driver-path "$(bucket_drivers)" gc --now "$WORK/gc.yml" | tail -n 4
}

# requests_of WHAT COMMAND...: notes the requests of the command, and of what is stored after it. REQUESTS is their number.
requests_of() {
  local what=$1 mark counts
  shift
  requests_quiet
  mark=$(stat -c %s "$BUCKET_LOG")
  check "requests: $what" "$@"
  requests_quiet
  counts=$(tail -c "+$((mark + 1))" "$BUCKET_LOG" | requests_count)
  REQUESTS=${counts##* }
  # shellcheck disable=SC2086 # one word a number
  row "$what" $counts
}

# requests_quiet: waits until the log has not grown for two seconds.
requests_quiet() {
  local before=-1 now
  now=$(stat -c %s "$BUCKET_LOG")
  while [[ $now != "$before" ]]; do
    before=$now
    sleep 2
    now=$(stat -c %s "$BUCKET_LOG")
  done
}

# requests_count: the requests on standard input by their kind, and all of them.
requests_count() {
  awk -v kinds="$REQUEST_KINDS" -v not="$NOT_COUNTED" '
    not != "" && $0 ~ not { next }
    $8 ~ /^s3_/ {
      kind = $8 ~ /List/ ? "LIST" : $8 ~ /Head/ ? "HEAD" : $8 ~ /Delete|Abort/ ? "DELETE" : $8 ~ /Get/ ? "GET" : $8 ~ /Create|Complete/ ? "POST" : "PUT"
      count[kind]++
      all++
    }
    END {
      n = split(kinds, names, " ")
      for (i = 1; i <= n; i++) printf "%d ", count[names[i]]
      print all + 0
    }'
}
