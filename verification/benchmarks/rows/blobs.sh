# Warm blobs. Sourced.

row_small_blob() {
  local path
  path=/v2/bench/app/blobs/$(content .small)
  upstream_start
  nginx_start
  peer_start
  cistern_start cistern "$CACHE_PORT"
  same_bytes "$path" cistern nginx peer
  warm_up "$path" cistern nginx peer
  alternately cistern nginx peer -- rate_of "$path" "" 16
}

row_large_blob() { large_blob cistern nginx cistern_start cistern "$CACHE_PORT"; }

row_large_blob_tls() { large_blob cistern-tls nginx-tls cistern_tls_start "$WORK/data/$ROW"; }

# large_blob CISTERN NGINX START-COMMAND...
large_blob() {
  local cistern=$1 nginx=$2 path clients
  shift 2
  path=/v2/bench/app/blobs/$(content .large)
  upstream_start
  nginx_start
  "$@"
  same_bytes "$path" "$cistern" "$nginx"
  "$bench/clients/sink.py" "$(address "$cistern")$path" 8 4 >/dev/null
  for clients in 1 8 64; do
    alternately "$cistern" "$nginx" -- sink_of "$path" "$clients" "$clients"
  done
  [[ -z $SINK_CIPHER ]] || echo "$SINK_CIPHER, session without kernel TLS on either side" >"$WORK/cipher"
}
