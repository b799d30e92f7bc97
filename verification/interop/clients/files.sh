# The configurations of examples/clients, with the address of the cache in the place of theirs. Sourced.

readonly CLIENT_FILES=$here/../../examples/clients

# client_file FILE: prints it for the cache under test.
client_file() {
  sed -e "s#http://cache\.example:5000#$CACHE_URL#g" -e "s#cache\.example:5000#${CACHE_URL#*://}#g" "$CLIENT_FILES/$1"
}

# cache_path KEY SUFFIX: an image's name in the cache, for clients that name it by the cache's address.
cache_path() {
  local registry
  registry=$(image "$1" '.registry // empty')
  echo "${registry:+${registry/:/_}/}$(image "$1" .repository)$2"
}

# hub_name KEY: succeeds for an image that clients call by a name of Docker Hub.
hub_name() { [[ $(image "$1" '(.registry // "docker.io") + "/" + .repository') == docker.io/library/* ]]; }
