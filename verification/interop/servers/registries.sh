# Registries beside the upstream, which want credentials or are none of the cache's upstreams. Sourced.

declare -rA REGISTRIES=([upstream]=$UPSTREAM_HOST [bearer]=127.0.0.1:5003 [basic]=127.0.0.1:5004 [unlisted]=127.0.0.1:5005)
readonly TOKEN_HOST=127.0.0.1:5006
readonly TOKEN_LOG=$WORK/log/granted.log
readonly TOKEN_SECTION="{realm: 'http://$TOKEN_HOST/token', service: interop, issuer: interop, rootcertbundle: $WORK/tokens/crt}"

# registry_fill NAME: pushes the image of this name to the registry of this name, before it wants credentials.
registry_fill() {
  registry_start "$1" || return 1
  "$here/images/push.py" "$WORK/images/$1" "${REGISTRIES[$1]}" "$(image "$1" .repository)" "$(image "$1" '.tags[0]')" || return 1
  stop "$1"
}

# registry_start NAME [AUTH]: AUTH is the section `auth` of its configuration.
registry_start() {
  cat >"$WORK/$1.yml" <<-YAML
	version: 0.1
	log: {level: warn, accesslog: {disabled: false}}
	storage: {filesystem: {rootdirectory: $WORK/registry-$1}}
	http: {addr: "${REGISTRIES[$1]}", secret: interop}
	${2:+auth: $2}
	YAML
  spawn "$1" docker-registry serve "$WORK/$1.yml"
  ready "$1" curl -sS "http://${REGISTRIES[$1]}/v2/"
}

# The passwords are files, as the cache reads them.
bearer_start() {
  tokens_start || return 1
  registry_start bearer "{token: $TOKEN_SECTION}"
}

# A token service, whose tokens are for `interop`.
tokens_start() {
  mkdir -p "$WORK/tokens"
  echo interop-bearer >"$WORK/tokens/password"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Interop tokens" \
    -keyout "$WORK/tokens/key" -out "$WORK/tokens/crt" || return 1
  spawn tokens "$here/servers/tokens.py" "$TOKEN_HOST" "$WORK/tokens" someone "$TOKEN_LOG"
  ready tokens curl -sS "http://$TOKEN_HOST/"
}

htpasswd_write() {
  echo interop-basic >"$WORK/basic-password"
  # Bcrypt of that password: Debian has no command for it among the packages that the suite needs.
  echo 'cistern:$2b$05$abcdefghijklmnopqrstuuhG8JcuHSvga/8DNCelIY0zQ3oA3PqZ2' >"$WORK/htpasswd"
}

basic_start() {
  htpasswd_write
  registry_start basic "{htpasswd: {realm: interop, path: $WORK/htpasswd}}"
}

# registries_mark: what the registries are asked from now on is what `registry_asked` judges.
registries_mark() {
  local name
  for name in "${!REGISTRIES[@]}"; do MARKS[$name]=$(stat -c %s "$WORK/log/$name.log"); done
}
declare -A MARKS=()

# registry_asked NAME KEY EXPECTATION ARGUMENT...: see checks/upstream_log.py. Of the images of one name, this registry has KEY.
registry_asked() {
  jq "{\"$2\": .[\"$2\"]}" "$WORK/images/images.json" >"$WORK/images/$2.json"
  "$here/checks/upstream_log.py" "$WORK/log/$1.log" "${MARKS[$1]}" "$WORK/images/$2.json" "${@:3}"
}
