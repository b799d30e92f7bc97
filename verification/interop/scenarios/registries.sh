# One cache of several registries, with the files of examples/clients: the default upstream, one that wants bearer tokens,
# and one that wants a password and has a port in its name. All have another image of one name. Sourced.

# The keys of the images; `unlisted` is in a registry that is none of the cache's upstreams.
readonly REGISTRY_IMAGES="app bearer basic"
readonly REGISTRY_CLIENTS=(docker containerd podman skopeo buildah buildkit crane oras regctl)

run_registries() {
  local client name
  section "several registries"
  if [[ $CACHE != cistern ]]; then
    echo "      skipped: Distribution has one upstream"
    return
  fi
  check "registries: the default upstream takes its image" \
    "$here/images/push.py" "$WORK/images/app" "$UPSTREAM_HOST" library/app 1
  for name in bearer basic unlisted; do
    check "registries: $name takes its image" registry_fill "$name"
  done
  check "registries: a registry that wants tokens starts" bearer_start
  check "registries: a registry that wants a password starts" basic_start
  check "registries: a registry that is no upstream starts" registry_start unlisted
  for name in bearer basic; do
    check "registries: $name refuses clients without credentials" equal 401 \
      "$(curl -s -o /dev/null -w '%{http_code}' "http://${REGISTRY_HOSTS[$name]}/v2/library/app/manifests/1")"
  done
  for client in "${REGISTRY_CLIENTS[@]}"; do
    if client_is_here "$client"; then registries_through "$client"; else echo "      skipped: $client is not installed"; fi
  done
  for name in unlisted basic bearer tokens; do stop "$name"; done
  section_end cache "${REGISTRY_CLIENTS[@]}" bearer basic tokens
}

client_is_here() {
  case $1 in
    buildkit) [[ -x $INTEROP_TOOLS/buildkitd && -x $INTEROP_TOOLS/buildctl ]] ;;
    *) PATH=$PATH:$INTEROP_TOOLS command -v "$1" >/dev/null ;;
  esac
}

# The cache with the very file of examples/clients. The variables say where the registries of that file are here.
registries_cache_start() {
  CACHE_URL=http://$CACHE_NAME:$CACHE_PORT
  rm -rf "$WORK/cache"
  mkdir "$WORK/cache"
  : >"$TOKEN_LOG"
  spawn cache env \
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY="$WORK/cache" \
    REGISTRY_PROXY_REMOTEURL="http://$UPSTREAM_HOST" \
    REGISTRY_PROXY_UPSTREAMS_0_REMOTEURL="http://${REGISTRY_HOSTS[bearer]}" \
    REGISTRY_PROXY_UPSTREAMS_0_PASSWORDFILE="$WORK/tokens/password" \
    REGISTRY_PROXY_UPSTREAMS_1_REMOTEURL="http://${REGISTRY_HOSTS[basic]}" \
    REGISTRY_PROXY_UPSTREAMS_1_PASSWORDFILE="$WORK/basic-password" \
    java -Xmx64m -jar "$CISTERN_JAR" serve "$CLIENT_FILES/config.yml"
  ready cache curl -fsS "$CACHE_URL/v2/"
}

registries_through() {
  local client=$1 scope
  check "registries, $client: a fresh cache starts" registries_cache_start
  check "registries, $client: the client is ready" "${client}_start"
  scope=$("${client}_scope")

  registries_round "$client" cold
  check "registries, $client, cold: each registry sent its image once, and nothing else" registries_asked once "$scope"
  check "registries, $client, cold: tokens were for the cache's account and for one repository" \
    equal "granted someone repository:library/app:pull" "$(sort -u "$TOKEN_LOG")"

  registries_round "$client" warm
  check "registries, $client, warm: the cache sent upstreams only HEAD requests for tags" registries_asked heads
  check "registries, $client: _catalog has the image of each upstream" paged_is \
    $'ghcr.io/library/app\nlibrary/app\nregistry.example.com_5000/library/app' /v2/_catalog '.repositories[]'
  check "registries, $client: the upstreams do not have each other's manifests and blobs" apart
  [[ $client != containerd ]] || registries_unlisted

  "${client}_stop"
  cache_stop
}

registries_round() {
  local key
  "${1}_forget" >/dev/null 2>&1 || true
  registries_mark
  for key in $REGISTRY_IMAGES; do
    check "registries, $1, $2: pulls $("${1}_reference" "$key" :1)" pulls "$1" "$key" :1
  done
  upstream_quiet
}

registries_asked() {
  local key name wrong=0
  for key in $REGISTRY_IMAGES; do
    name=${key/#app/upstream}
    if [[ $1 == once ]]; then
      registry_asked "$name" "$key" once "$2" "$key" || { echo "by $name" && wrong=1; }
    else
      registry_asked "$name" "$key" "$@" || { echo "by $name" && wrong=1; }
    fi
  done
  return $wrong
}

# Whatever is in the cache: each upstream's names have its own content alone.
apart() {
  local key other blob
  for key in $REGISTRY_IMAGES; do
    for other in $REGISTRY_IMAGES; do
      [[ $key != "$other" ]] || continue
      blob=$(image "$other" '[.manifests[].blobs | keys[]][0]')
      answers 404 -- -H "$ACCEPT" "/v2/$(cache_path "$key" "/manifests/$(image "$other" .digest)")" || return 1
      answers 404 -- "/v2/$(cache_path "$key" "/blobs/$blob")" || return 1
    done
  done
}

# `_default` sends all names to the cache. containerd must ask a registry itself that is no upstream of the cache.
registries_unlisted() {
  local reference
  reference=$(containerd_reference unlisted :1)
  check "registries, containerd: pulls $reference, which is no upstream, from that registry" pulls containerd unlisted :1
  check "registries, containerd: the cache was asked for it and answered 404" \
    grep -E "\"(HEAD|GET) /v2/library/app/manifests/1\?ns=127.0.0.1(:|%3A)5005 HTTP/1.1\" 404" "$WORK/log/cache.log"
  stop unlisted
  check "registries, containerd: gets no other image instead while that registry is stopped" refused containerd unlisted :1
  registry_start unlisted
}

# refused CLIENT KEY SUFFIX: the pull fails, and leaves no image of the name.
refused() {
  "${1}_forget" >/dev/null 2>&1
  if "${1}_pull" "${@:2}"; then
    echo "expected the pull to fail"
    return 1
  fi
  equal "" "$("${1}_digests" "${@:2}")"
}
