# What every client is put through: cold, warm, by digest, upstream stopped, cache restarted, upstream back.

# The artifacts are no container images: daemons refuse to unpack them, skopeo copies them.
client_images() {
  case $1 in
    skopeo) echo tiny legacy many large sbom ;;
    *) echo tiny legacy many large ;;
  esac
}

# pulls CLIENT KEY SUFFIX: pulls an image and compares the digest that the client notes with what was pushed.
pulls() {
  local client=$1 key=$2 suffix=$3 digest
  "${client}_pull" "$key" "$suffix" || return 1
  digest=$(image "$key" .digest)
  if ! "${client}_digests" "$key" "$suffix" | grep -qxF "$digest"; then
    echo "expected $digest"
    echo "     got $("${client}_digests" "$key" "$suffix" | xargs)"
    return 1
  fi
}

# round CLIENT PHASE tag|digest: the client forgets what it has and pulls everything again.
round() {
  local client=$1 phase=$2 by=$3 key suffix
  "${client}_forget" >/dev/null || echo "$client did not remove its images"
  upstream_mark
  for key in $(client_images "$client"); do
    suffix=:$(image "$key" .tags[0])
    [[ $by == digest ]] && suffix=@$(image "$key" .digest)
    check "$client, $phase: pulls $("${client}_reference" "$key" "$suffix")" pulls "$client" "$key" "$suffix"
  done
}

run_client() {
  local client=$1 keys
  keys=$(client_images "$client")
  section "$client"
  check "$client: a fresh cache starts" cache_fresh
  check "$client: the client is ready" "${client}_start"

  round "$client" cold tag
  upstream_quiet
  # shellcheck disable=SC2086 # one word an image
  check "$client, cold: upstream sent each blob and each manifest exactly once" \
    upstream_asked once "$("${client}_scope")" $keys

  round "$client" warm tag
  check "$client, warm: the cache sent upstream only HEAD requests for tags" upstream_asked heads

  round "$client" "by digest" digest
  check "$client, by digest: the cache sent upstream no request" upstream_asked nothing

  upstream_stop
  round "$client" "upstream stopped" tag

  cache_stop
  check "$client, upstream stopped: the cache starts again" cache_start
  round "$client" "cache restarted" tag

  upstream_start
  running cache || cache_start
  round "$client" "upstream back" tag
  check "$client, upstream back: the cache sent upstream only HEAD requests for tags" upstream_asked heads

  "${client}_stop"
  cache_stop
  section_end cache upstream "$client"
}
