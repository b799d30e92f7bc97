# Every client pulls the same images from one cold cache at the same time. Sourced.

run_together() {
  local clients=(docker containerd podman skopeo) client process processes=() keys="tiny legacy many large"
  section "all clients at once, cold"
  check "together: a fresh cache starts" cache_fresh
  for client in "${clients[@]}"; do
    check "together: $client is ready" "${client}_start"
    "${client}_forget" >/dev/null 2>&1 || true
  done
  upstream_mark
  for client in "${clients[@]}"; do
    pull_all "$client" "$keys" >"$WORK/log/together-$client.log" 2>&1 &
    processes+=($!)
  done
  for client in "${clients[@]}"; do
    process=${processes[0]}
    processes=("${processes[@]:1}")
    check "together: $client pulls everything with the right digests" ended_well "$process" "$client"
  done
  upstream_quiet
  # skopeo takes every platform.
  # shellcheck disable=SC2086 # one word an image
  check "together: upstream sent each blob and each manifest exactly once" upstream_asked once all $keys
  for client in "${clients[@]}"; do "${client}_stop"; done
  cache_stop
  section_end cache upstream
}

pull_all() {
  local key
  for key in $2; do
    pulls "$1" "$key" ":$(image "$key" .tags[0])" || exit 1
  done
}

ended_well() {
  wait "$1" && return 0
  tail -n 5 "$WORK/log/together-$2.log"
  return 1
}
