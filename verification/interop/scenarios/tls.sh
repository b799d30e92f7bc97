# HTTPS with a certificate of a private authority: the Docker daemon's mirror, the daemon directly, curl. Sourced.

run_tls() {
  local trust=/etc/docker/certs.d/$CACHE_NAME:$CACHE_PORT digest
  digest=$(image tiny .digest)
  section "HTTPS"
  check "tls: certificates are made" tls_certificates
  check "tls: a fresh cache starts" cache_fresh tls
  check "tls: the Docker daemon is ready" docker_start
  docker_forget >/dev/null
  check "tls: a daemon that does not know the authority refuses the mirror" distrusted docker tiny :1
  # /etc/docker is the sandbox's own.
  mkdir -p "$trust"
  cp "$WORK/tls/ca.crt" "$trust/ca.crt"
  check "tls: the daemon pulls through the https mirror" pulls docker tiny :1
  check "tls: the daemon pulls a layer over 200 MB through the https mirror" pulls docker large :1
  check "tls: the daemon pulls from the cache by its address" pulls docker many :1
  CA=$WORK/tls/ca.crt
  check "tls: curl verifies the certificate" answers 200 "Docker-Content-Digest: $digest" \
    -- --head -H "$ACCEPT" /v2/library/tiny/manifests/1
  check "tls: ranges" answers 206 "Content-Length: 10" \
    -- --range 5-14 "/v2/library/large/blobs/$(image large '. as $image | .manifests[$image.digest].blobs | to_entries | max_by(.value) | .key')"
  CA=
  docker_stop
  cache_stop
  section_end cache docker
}

# distrusted CLIENT KEY SUFFIX: the pull fails, and because of the certificate; the client's log says so.
distrusted() {
  if "$1_pull" "${@:2}"; then
    echo "expected a refusal"
    return 1
  fi
  grep "$CACHE_NAME" "$WORK/log/$1.log" | grep -q "x509: certificate signed by unknown authority" && return 0
  echo "expected an error about the certificate's authority in the log of $1"
  return 1
}

# An authority, and a certificate of it for the cache's name.
tls_certificates() (
  set -e
  mkdir -p "$WORK/tls"
  cd "$WORK/tls"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=Interop authority" \
    -keyout ca.key -out ca.crt
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$CACHE_NAME" -keyout cache.key -out cache.csr
  printf 'subjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1\n' "$CACHE_NAME" >extensions
  openssl x509 -req -in cache.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out cache.crt
)
