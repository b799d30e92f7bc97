# What podman, Buildah and skopeo share: registries.conf, with the cache as a mirror of each registry. Sourced by all.

containers_configure() {
  mkdir -p "$WORK/containers"
  client_file containers/registries.conf.d/cistern.conf >"$WORK/containers/registries.conf"
  echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$WORK/containers/policy.json"
  export CONTAINERS_REGISTRIES_CONF=$WORK/containers/registries.conf
}

# By the name of its registry, which the configuration sends to the cache; others by the cache's address.
containers_reference() {
  local registry=$CACHE_HOST
  hub_name "$1" && registry=docker.io
  echo "$(image "$1" ".registry // \"$registry\"")/$(image "$1" .repository)$2"
}

# containers_tls REFERENCE [PREFIX]: how to say that the cache speaks plain HTTP; registries.conf says it of the mirror.
containers_tls() {
  case $1 in
    "$CACHE_HOST"/*) echo "--${2:-}tls-verify=false" ;;
  esac
}
