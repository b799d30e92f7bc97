# A slow link between the cache and the upstream, which counts what passes. Sourced.

readonly SLOW_LINK_HOST=127.0.0.1:5002
readonly SLOW_LINK_LOG=$WORK/log/slow-link-requests.log

# slow_link_start BYTES-PER-SECOND [OPTION...]
slow_link_start() {
  : >"$SLOW_LINK_LOG"
  spawn slow-link "$here/servers/slow_link.py" "${SLOW_LINK_HOST#*:}" "$UPSTREAM_HOST" "$1" "$SLOW_LINK_LOG" "${@:2}"
  ready slow-link curl -fsS "http://$SLOW_LINK_HOST/v2/"
}

slow_link_stop() { stop slow-link; }

# slow_link_gets DIGEST: how many GET of this blob came; slow_link_bytes DIGEST: how many bytes of it went.
slow_link_gets() { awk -v digest="$1" '$1 == "GET" && index($2, "/blobs/" digest) { n++ } END { print n + 0 }' "$SLOW_LINK_LOG"; }
slow_link_bytes() { slow_link_sum "$1" "$SLOW_LINK_LOG"; }

# slow_link_bytes_now DIGEST: the same with those transfers that have not ended.
slow_link_bytes_now() {
  local deadline=$((SECONDS + START_SECONDS))
  rm -f "$SLOW_LINK_LOG.open"
  kill -USR1 "${PIDS[slow-link]}"
  until [[ -e $SLOW_LINK_LOG.open ]]; do
    ((SECONDS < deadline)) || return 1
    sleep 0.02
  done
  slow_link_sum "$1" "$SLOW_LINK_LOG" "$SLOW_LINK_LOG.open"
}

slow_link_sum() { awk -v digest="$1" '$1 == "GET" && index($2, "/blobs/" digest) { n += $4 } END { printf "%.0f\n", n }' "${@:2}"; }
