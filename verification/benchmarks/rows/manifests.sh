# Warm manifests. Sourced.

row_manifest_digest() {
  local path connections
  path=/v2/bench/app/manifests/$(content '.images[0]')
  upstream_start
  nginx_start
  peer_start
  cistern_start cistern "$CACHE_PORT"
  same_bytes "$path" cistern nginx peer
  warm_up "$path" cistern nginx peer
  for connections in 16 256; do
    alternately cistern nginx peer -- rate_of "$path" "$connections" "$connections"
  done
}

# By tag: every pull is checked upstream. Checks that are on their way are shared: it is counted how many there were.
row_manifest_tag() {
  local path=/v2/bench/app/manifests/image-0
  upstream_start
  peer_start
  cistern_start cistern "$CACHE_PORT"
  same_bytes "$path" cistern peer
  warm_up "$path" cistern peer
  alternately cistern peer -- checked_rate_of "$path" 16
}

checked_rate_of() {
  local path=$1 connections=$2 subject=$3 before figure checks
  before=$(upstream_requests)
  figure=$(rate "$(address "$subject")$path" "$connections" "$SECONDS_A_RUN")
  checks=$(($(upstream_requests) - before))
  note "$ROW" "" "$subject" requests_per_second "$figure"
  note "$ROW" "" "$subject" checks_per_request \
    "$(awk -v checks="$checks" -v rate="$figure" -v seconds="$SECONDS_A_RUN" 'BEGIN { print checks / (rate * seconds) }')"
}

row_manifest_fresh() {
  local digest
  digest=/v2/bench/app/manifests/$(content '.images[0]')
  upstream_start
  cistern_start cistern "$CACHE_PORT" "" ", freshness: 60s"
  warm_up /v2/bench/app/manifests/image-0 cistern
  warm_up "$digest" cistern
  alternately tag digest -- fresh_rate_of "$digest"
}

fresh_rate_of() {
  local path=/v2/bench/app/manifests/image-0 figure
  [[ $2 == tag ]] || path=$1
  figure=$(rate "$(address cistern)$path" 16 "$SECONDS_A_RUN")
  note "$ROW" "" "$2" requests_per_second "$figure"
}
