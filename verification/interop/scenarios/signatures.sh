# Signatures and other referrers: the tools say through the cache what they say directly. Sourced.

readonly REFERRERS_HOST=127.0.0.1:5002

run_signatures() {
  section "signatures and other referrers"
  check "signatures: the tools are ready" signatures_start
  spawn referrers referrers-registry "$REFERRERS_HOST"
  check "signatures: a registry with the referrers API starts" ready referrers curl -fsS "http://$REFERRERS_HOST/v2/"
  signatures_through "with the API" "$REFERRERS_HOST"
  stop referrers
  signatures_through "without the API" "$UPSTREAM_HOST"
  section_end cache upstream referrers
}

# signatures_through WHICH HOST: with the registry HOST as the upstream.
signatures_through() {
  local which=$1 host=$2 command
  local CACHE_UPSTREAM=$host
  check "signatures, $which: upstream takes the images" signatures_push "$host"
  for command in "${SIGNATURE_COMMANDS[@]}"; do
    signatures_say "$command" "$host" >"$WORK/signatures/$command"
    check "signatures, $which, $command: works without the cache" grep -qx "exit code 0" "$WORK/signatures/$command"
  done
  # Each command alone: what it needs later must be cached by itself.
  for command in "${SIGNATURE_COMMANDS[@]}"; do
    cache_fresh || failed "signatures, $which, $command: a fresh cache starts"
    check "signatures, $which, $command: cold" says_the_same "$command"
    check "signatures, $which, $command: warm" says_the_same "$command"
    origin_stop "$host"
    check "signatures, $which, $command: upstream stopped" says_the_same "$command"
    # Longer than the cache remembers what an upstream that answers does not have.
    [[ $command == tree* ]] && sleep 11 && check "signatures, $which, $command: upstream stopped for longer" says_the_same "$command"
    cache_stop
    cache_start || failed "signatures, $which, $command: the cache starts again"
    check "signatures, $which, $command: cache restarted" says_the_same "$command"
    cache_stop
    origin_start "$host"
  done
}

says_the_same() {
  signatures_say "$1" "$CACHE_HOST" >"$WORK/signatures/now"
  diff "$WORK/signatures/$1" "$WORK/signatures/now"
}

origin_stop() {
  if [[ $1 == "$UPSTREAM_HOST" ]]; then upstream_stop; else
    kill -USR1 "${PIDS[referrers]}"
    while curl -fsS "http://$REFERRERS_HOST/v2/" >/dev/null 2>&1; do sleep 0.05; done
  fi
}

origin_start() {
  if [[ $1 == "$UPSTREAM_HOST" ]]; then upstream_start; else
    kill -USR2 "${PIDS[referrers]}"
    ready referrers curl -fsS "http://$REFERRERS_HOST/v2/"
  fi
}
