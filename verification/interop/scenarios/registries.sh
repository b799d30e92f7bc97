# One cache of several registries, with the files of examples/clients: the default upstream, one that wants bearer tokens,
# and one that wants a password and has a port in its name. All have another image of one name. Sourced.

# The keys of the images; `unlisted` is in a registry that is none of the cache's upstreams.
readonly APPS="app bearer basic"
# Clients that share a cache. The first one of each line finds it cold.
readonly PULLERS=("docker" "containerd buildkit" "podman buildah" "skopeo crane oras regctl")

run_registries() {
  local clients name
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
      "$(curl -s -o /dev/null -w '%{http_code}' "http://${REGISTRIES[$name]}/v2/library/app/manifests/1")"
  done
  for clients in "${PULLERS[@]}"; do
    # shellcheck disable=SC2086 # one word a client
    registries_through $clients
  done
  check "registries: no client has credentials" equal "" "$(grep -rls '"auth"' "$HOME" /etc/docker /run/containers)"
  for name in unlisted basic bearer tokens; do stop "$name"; done
  section_end cache docker containerd buildkit bearer basic tokens
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
    REGISTRY_PROXY_UPSTREAMS_0_REMOTEURL="http://${REGISTRIES[bearer]}" \
    REGISTRY_PROXY_UPSTREAMS_0_PASSWORDFILE="$WORK/tokens/password" \
    REGISTRY_PROXY_UPSTREAMS_1_REMOTEURL="http://${REGISTRIES[basic]}" \
    REGISTRY_PROXY_UPSTREAMS_1_PASSWORDFILE="$WORK/basic-password" \
    java -Xmx64m -jar "$CISTERN_JAR" serve "$CLIENT_FILES/config.yml"
  ready cache curl -fsS "$CACHE_URL/v2/"
}

# registries_through CLIENT...: one fresh cache for all of them.
registries_through() {
  local first=$1 client scope
  check "registries, $first: a fresh cache starts" registries_cache_start
  scope=$("${first}_scope")
  for client in "$@"; do
    if ! client_is_here "$client"; then
      echo "      skipped: $client is not installed"
      continue
    fi
    check "registries, $client: the client is ready" "${client}_start"
    if [[ $client == "$first" ]]; then
      registries_round "$client" cold
      check "registries, $client, cold: each registry sent its image once, and nothing else" registries_asked once "$scope"
      check "registries, $client, cold: tokens were for the cache's account and for one repository" \
        equal "granted someone repository:library/app:pull" "$(sort -u "$TOKEN_LOG")"
    fi
    registries_round "$client" warm
    check "registries, $client, warm: the cache sent upstreams only HEAD requests for tags" registries_asked heads
    [[ $client != containerd ]] || registries_unlisted
    "${client}_stop"
  done
  check "registries, $*: _catalog has the image of each upstream" paged_is \
    $'ghcr.io/library/app\nlibrary/app\nregistry.example.com_5000/library/app' /v2/_catalog '.repositories[]'
  # skopeo has pulled every platform.
  [[ $first != skopeo ]] || check "registries: the upstreams do not have each other's manifests and blobs" apart
  cache_stop
}

registries_round() {
  local key
  "${1}_forget" >/dev/null 2>&1 || true
  registries_mark
  for key in $APPS; do
    check "registries, $1, $2: pulls $("${1}_reference" "$key" :1)" pulls "$1" "$key" :1
  done
  upstream_quiet "$WORK"/log/{bearer,basic}.log
}

registries_asked() {
  local key name wrong=0
  for key in $APPS; do
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
  for key in $APPS; do
    for other in $APPS; do
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
    grep -E "/v2/library/app/manifests/1\?ns=127.0.0.1(:|%3A)5005 404 .*NAME_UNKNOWN" "$WORK/log/cache.log"
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
