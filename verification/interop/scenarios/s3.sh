# A bucket: what one cache stored, another one serves, also Distribution's registry, and back. Then the bucket is silent.

readonly S3_HOST=127.0.0.1:7070
readonly S3_IMAGES="tiny legacy many large"
readonly S3_DRIVER=${CISTERN_S3_DRIVER:-$here/../../registry-storage-s3/target/cistern-s3-driver.jar}

run_s3() {
  section "a bucket"
  CACHE_URL=http://$CACHE_HOST
  skopeo_start
  s3_fresh
  check "s3: the cache starts over an empty bucket" s3_cache first
  s3_copy_all "from upstream"
  check "s3: the bucket has all" s3_quiet
  cache_stop
  check "s3: a cache starts that sends clients to the bucket" s3_cache redirecting ", redirect: true, redirectfrom: 1MiB"
  check "s3: a large blob is answered by 307, for its repository only" s3_redirects
  s3_copy_all "with a redirect to the bucket"
  cache_stop
  upstream_stop
  check "s3: another cache starts, upstream stopped" s3_cache second
  s3_copy_all "from the bucket, upstream stopped"
  cache_stop
  check "s3: Distribution starts over the bucket" s3_distribution
  s3_copy_all "from the bucket by Distribution, upstream stopped"
  cache_stop
  upstream_start

  s3_fresh
  check "s3: Distribution starts as a cache over an empty bucket" s3_distribution "proxy: {remoteurl: http://$UPSTREAM_HOST}"
  s3_copy_all "from upstream by Distribution"
  check "s3: the bucket has all" s3_quiet
  cache_stop
  upstream_stop
  check "s3: the cache starts over Distribution's bucket, upstream stopped" s3_cache third
  s3_copy_all "from Distribution's bucket, upstream stopped"
  cache_stop
  upstream_start

  check "s3: a cache without content starts" s3_cache fourth
  kill -STOP "${PIDS[gateway]}"
  s3_copy_all "the bucket is silent"
  cache_stop
  check "s3: a cache starts while the bucket is silent" s3_cache fifth
  s3_copy_all "the bucket is silent from the start"
  kill -CONT "${PIDS[gateway]}"
  cache_stop
  stop gateway
  section_end cache upstream gateway
}

# s3_fresh: a gateway with an empty bucket, running.
s3_fresh() {
  [[ -z ${PIDS[gateway]:-} ]] || stop gateway
  rm -rf "$WORK/s3" "$WORK/bucket-meta" "$WORK/s3-tier"
  mkdir -p "$WORK/s3/images" "$WORK/bucket-meta" "$WORK/s3-tier"
  spawn gateway env ROOT_ACCESS_KEY=access ROOT_SECRET_KEY=secretsecret "$INTEROP_TOOLS/versitygw" --port "$S3_HOST" \
    posix --sidecar "$WORK/bucket-meta" "$WORK/s3"
  # It answers 403 to a request without a signature.
  check "s3: the gateway starts" ready gateway curl -sS "http://$S3_HOST/"
}

s3_storage() {
  cat <<-YAML
	version: 0.1
	log: {level: info}
	storage:
	  s3:
	    bucket: images
	    region: us-east-1
	    regionendpoint: http://$S3_HOST
	    accesskey: access
	    secretkey: secretsecret
	    rootdirectory: /cache
	    secure: false
	http: {addr: ":$CACHE_PORT"}
	YAML
}

# s3_cache NAME [LOCAL]: the cache under test, with a local directory of its own and these keys of proxy.local.
s3_cache() {
  local tier="rootdirectory: $WORK/s3-tier/$1${2:-}"
  { s3_storage; echo "proxy: {remoteurl: http://$UPSTREAM_HOST, local: {$tier}}"; } >"$WORK/cache.yml"
  mkdir -p "$WORK/s3-drivers"
  cp "$S3_DRIVER" "$WORK/s3-drivers/"
  CACHE_URL=http://$CACHE_HOST
  # A small heap: memory must not grow with the size of a layer.
  spawn cache java -Xmx96m -jar "$CISTERN_JAR" --driver-path "$WORK/s3-drivers" serve "$WORK/cache.yml"
  ready cache curl -fsS "$CACHE_URL/v2/"
}

# s3_distribution [PROXY]: Distribution's registry over the bucket, as a cache with the section PROXY.
s3_distribution() {
  { s3_storage; echo "${1:-}"; } >"$WORK/cache.yml"
  CACHE_URL=http://$CACHE_HOST
  # Its client cannot use a bundle of certificates from the environment.
  spawn cache env -u AWS_CA_BUNDLE docker-registry serve "$WORK/cache.yml"
  ready cache curl -fsS "$CACHE_URL/v2/"
}

# s3_quiet: waits until nothing more is stored in the bucket.
s3_quiet() {
  local before=-1 now
  now=$(find "$WORK/s3" -type f | wc -l)
  while [[ $now != "$before" ]]; do
    before=$now
    sleep 2
    now=$(find "$WORK/s3" -type f | wc -l)
  done
}

s3_copy_all() {
  local key
  skopeo_forget
  for key in $S3_IMAGES; do
    check "s3, $1: $(image "$key" .repository)" pulls skopeo "$key" ":$(image "$key" .tags[0])"
  done
}

# s3_redirects: the bucket gives the blob to whoever was sent there, and nobody is sent there for a repository without it.
s3_redirects() {
  local blob status url
  blob=$(image large '. as $image | .manifests[$image.digest].blobs | to_entries | max_by(.value) | .key')
  read -r status url < <(curl -sS -o /dev/null -w '%{http_code} %{redirect_url}\n' \
    "$CACHE_URL/v2/$(image large .repository)/blobs/$blob")
  equal "307 http://$S3_HOST/images/" "$status ${url%%/cache/*}/" &&
    equal "$blob" "sha256:$(curl -fsS "$url" | sha256sum | cut -d' ' -f1)" &&
    equal 404 "$(curl -sS -o /dev/null -w '%{http_code}' "$CACHE_URL/v2/$(image tiny .repository)/blobs/$blob")"
}
