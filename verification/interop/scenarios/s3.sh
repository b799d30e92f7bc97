# A bucket: what one cache stored, another one serves, also Distribution's registry, and back. Then the bucket is silent.

readonly S3_IMAGES="tiny legacy many large"
readonly S3_CLIENTS="skopeo docker"

run_s3() {
  local version
  section "a bucket"
  CACHE_URL=http://$CACHE_HOST
  skopeo_start
  check "s3: the Docker daemon is ready" docker_start
  check "s3: the gateway starts" bucket_fresh
  check "s3: the cache starts over an empty bucket" s3_cache first
  s3_pull_all "from upstream"
  check "s3: the bucket has all" bucket_quiet
  cache_stop
  check "s3: a cache starts that sends clients to the bucket" s3_cache redirecting ", redirect: true, redirectfrom: 1MiB"
  check "s3: a large blob is answered by 307, for its repository only" s3_redirects
  s3_pull_all "with a redirect to the bucket"
  cache_stop
  upstream_stop
  check "s3: another cache starts, upstream stopped" s3_cache second
  s3_pull_all "from the bucket, upstream stopped"
  cache_stop
  for version in 2.8 3.1; do
    check "s3: Distribution $version starts over the bucket" s3_distribution $version
    s3_pull_all "from the bucket by Distribution $version, upstream stopped"
    cache_stop
  done

  for version in 2.8 3.1; do
    upstream_start
    check "s3: the gateway starts again, empty" bucket_fresh
    check "s3: Distribution $version starts as a cache over an empty bucket" \
      s3_distribution $version "proxy: {remoteurl: http://$UPSTREAM_HOST}"
    s3_pull_all "from upstream by Distribution $version"
    check "s3: the bucket has all" bucket_quiet
    cache_stop
    upstream_stop
    check "s3: the cache starts over the bucket of Distribution $version, upstream stopped" s3_cache "after-$version"
    s3_pull_all "from the bucket of Distribution $version, upstream stopped"
    cache_stop
  done
  upstream_start

  check "s3: a cache without content starts" s3_cache third
  kill -STOP "${PIDS[gateway]}"
  s3_pull_all "the bucket is silent"
  cache_stop
  check "s3: a cache starts while the bucket is silent" s3_cache fourth
  s3_pull_all "the bucket is silent from the start"
  kill -CONT "${PIDS[gateway]}"
  cache_stop
  stop gateway
  docker_stop
  section_end cache upstream gateway docker
}

s3_configure() {
  printf 'version: 0.1\nlog: {level: info}\nhttp: {addr: ":%s", secret: interop}\n' "$CACHE_PORT"
  bucket_section
  echo "$1"
}

# s3_cache NAME [LOCAL]: the cache under test, with a local directory of its own and these keys of proxy.local.
s3_cache() {
  rm -rf "$WORK/s3-tier/$1"
  mkdir -p "$WORK/s3-tier"
  s3_configure "proxy: {remoteurl: http://$UPSTREAM_HOST, local: {rootdirectory: $WORK/s3-tier/$1${2:-}}}" >"$WORK/cache.yml"
  CACHE_URL=http://$CACHE_HOST
  # A small heap: memory must not grow with the size of a layer.
  spawn cache java -Xmx96m -jar "$CISTERN_JAR" --driver-path "$(bucket_drivers)" serve "$WORK/cache.yml"
  ready cache curl -fsS "$CACHE_URL/v2/"
}

# s3_distribution VERSION [PROXY]: Distribution's registry over the bucket, as a cache with the section PROXY.
s3_distribution() {
  local command=docker-registry
  [[ $1 == 2.8 ]] || command=$INTEROP_TOOLS/distribution
  s3_configure "${2:-}" >"$WORK/cache.yml"
  CACHE_URL=http://$CACHE_HOST
  # Its client cannot use a bundle of certificates from the environment.
  spawn cache env -u AWS_CA_BUNDLE "$command" serve "$WORK/cache.yml"
  ready cache curl -fsS "$CACHE_URL/v2/"
}

s3_pull_all() {
  local client key
  for client in $S3_CLIENTS; do
    "${client}_forget" >/dev/null || echo "$client did not remove its images"
    for key in $S3_IMAGES; do
      check "s3, $1: $client pulls $(image "$key" .repository)" pulls "$client" "$key" ":$(image "$key" .tags[0])"
    done
  done
}

# s3_redirects: the bucket gives the blob to clients that were sent there, and no client is sent there for a repository without it.
s3_redirects() {
  local blob status url
  blob=$(image large '. as $image | .manifests[$image.digest].blobs | to_entries | max_by(.value) | .key')
  read -r status url < <(curl -sS -o /dev/null -w '%{http_code} %{redirect_url}\n' \
    "$CACHE_URL/v2/$(image large .repository)/blobs/$blob")
  equal "307 http://$BUCKET_HOST/images/" "$status ${url%%/cache/*}/" &&
    equal "$blob" "sha256:$(curl -fsS "$url" | sha256sum | cut -d' ' -f1)" &&
    equal 404 "$(curl -sS -o /dev/null -w '%{http_code}' "$CACHE_URL/v2/$(image tiny .repository)/blobs/$blob")"
}
