# Clients that must log in at the cache: with a password of a htpasswd file, then with tokens of a token service. One
# image may be pulled without. Sourced.

readonly AUTH_CLIENTS="docker podman skopeo crane containerd"
# crane takes no tokens of a service with a private address.
readonly TOKEN_CLIENTS="docker podman skopeo containerd"
readonly AUTH_HOST=$CACHE_HOST

run_auth() {
  local client
  section "client authentication"
  if [[ $CACHE != cistern ]]; then
    echo "      skipped: Distribution has no auth.anonymous"
    return
  fi
  htpasswd_write
  check "auth: a cache with passwords starts" auth_start \
    REGISTRY_AUTH_HTPASSWD_PATH="$WORK/htpasswd" REGISTRY_AUTH_ANONYMOUS="[library/tiny]"
  check "auth: /v2/ asks for a login" answers 401 code=UNAUTHORIZED "WWW-Authenticate: Basic realm=*" -- /v2/
  check "auth: /v2/ takes the right one" answers 200 -- --user cistern:interop-basic /v2/
  check "auth: /v2/ takes no other" answers 401 -- --user cistern:wrong /v2/
  check "auth: one image needs none" answers 200 -- -H "$ACCEPT" /v2/library/tiny/manifests/1
  for client in $AUTH_CLIENTS; do auth_client "$client" cistern interop-basic; done
  check "auth: the cache logged users and no password" auth_log_is_clean interop-basic
  cache_stop

  check "auth: a token service starts" tokens_start
  : >"$TOKEN_LOG"
  check "auth: a cache with tokens starts" auth_start \
    REGISTRY_AUTH_TOKEN="$TOKEN_SECTION" REGISTRY_AUTH_ANONYMOUS="[library/tiny]"
  check "auth: /v2/ asks for a token" answers 401 "WWW-Authenticate: Bearer realm=*" -- /v2/
  for client in $TOKEN_CLIENTS; do auth_client "$client" someone interop-bearer; done
  check "auth: tokens were for one repository, to pull" auth_granted
  cache_stop
  stop tokens
  section_end cache docker containerd tokens
}

# auth_start VARIABLE...: a fresh cache with these variables.
auth_start() {
  rm -rf "$WORK/cache"
  mkdir "$WORK/cache"
  cache_configure "$WORK/cache"
  : >"$WORK/log/cache.log"
  spawn cache env "$@" java -Xmx64m -jar "$CISTERN_JAR" serve "$WORK/cache.yml"
  ready cache curl -sS "$CACHE_URL/v2/"
}

# auth_client CLIENT USER PASSWORD
auth_client() {
  local client=$1 user=$2 password=$3
  if ! client_is_here "$client"; then
    echo "      skipped: $client is not installed"
    return
  fi
  check "auth, $client: the client is ready" "${client}_start"
  "${client}_forget" >/dev/null 2>&1 || true
  check "auth, $client: is refused without a login" auth_refused "$client"
  if [[ $client != docker ]]; then
    check "auth, $client: pulls without a login what needs none" pulls "$client" tiny :1
  fi
  check "auth, $client: a wrong password is refused" auth_wrong "$client" "$user"
  check "auth, $client: logs in" "auth_login_$client" "$user" "$password"
  check "auth, $client: pulls with its login" auth_pulls "$client"
  "auth_logout_$client" >/dev/null 2>&1 || true
  "${client}_stop"
}

auth_refused() {
  ! auth_pull "$1"
}

# ctr has no login: it gets the password with each pull.
auth_wrong() {
  if [[ $1 == containerd ]]; then
    auth_login_containerd "$2" wrong
    ! auth_pull containerd
  else
    ! "auth_login_$1" "$2" wrong
  fi
}

auth_pull() {
  if [[ $1 == containerd ]]; then
    containerd_ctr images pull --snapshotter native --plain-http ${AUTH_CTR:+--user "$AUTH_CTR"} \
      "$(containerd_reference many :1)"
  else
    "$1_pull" many :1
  fi
}

auth_pulls() {
  auth_pull "$1" || return 1
  "$1_digests" many :1 | grep -x "$(image many .digest)"
}

auth_login_docker() { docker login --username "$1" --password-stdin "$AUTH_HOST" <<<"$2"; }
auth_logout_docker() { docker logout "$AUTH_HOST"; }

auth_login_podman() { podman_cli login --tls-verify=false --username "$1" --password-stdin "$AUTH_HOST" <<<"$2"; }
auth_logout_podman() { podman_cli logout "$AUTH_HOST"; }

auth_login_skopeo() { skopeo login --tls-verify=false --username "$1" --password-stdin "$AUTH_HOST" <<<"$2"; }
auth_logout_skopeo() { skopeo logout "$AUTH_HOST"; }

# crane stores a login without trying it.
auth_login_crane() {
  "$INTEROP_TOOLS/crane" auth login --username "$1" --password-stdin "$AUTH_HOST" <<<"$2" &&
    auth_pull crane
}
auth_logout_crane() { "$INTEROP_TOOLS/crane" auth logout "$AUTH_HOST"; }

AUTH_CTR=
auth_login_containerd() { AUTH_CTR=$1:$2; }
auth_logout_containerd() { AUTH_CTR=; }

auth_log_is_clean() {
  grep -q "user=cistern" "$WORK/log/cache.log" || { echo "expected user=cistern" && return 1; }
  ! grep -e "$1" -e "$(printf 'cistern:%s' "$1" | base64)" "$WORK/log/cache.log"
}

auth_granted() {
  grep -q "^granted someone .*repository:$(image many .repository):pull" "$TOKEN_LOG" || { cat "$TOKEN_LOG" && return 1; }
}
