# Finds the JDK whose runtime goes into the image. Sourced.

# Newest first. Only releases that get fixes for years.
readonly LTS=(25 21 17)

# jdk_release DIRECTORY KEY: a value of the JDK's file `release`.
jdk_release() { sed -n "s/^$2=\"\(.*\)\"\$/\1/p" "$1/release" 2>/dev/null; }

# jdk_feature DIRECTORY: 25 for 25.0.3; nothing if it is no JDK with jlink.
jdk_feature() {
  [[ -x $1/bin/jlink ]] || return 0
  local version
  version=$(jdk_release "$1" JAVA_VERSION)
  echo "${version%%.*}"
}

# jdk_find: prints the newest LTS JDK of this machine. JAVA_HOME comes first among those of one release.
jdk_find() {
  local feature directory
  for feature in "${LTS[@]}"; do
    for directory in ${JAVA_HOME:+"$JAVA_HOME"} /usr/lib/jvm/* /opt/*; do
      if [[ -d $directory && ! -L $directory && $(jdk_feature "$directory") == "$feature" ]]; then
        echo "$directory"
        return 0
      fi
    done
  done
  echo "No JDK of the releases ${LTS[*]} in JAVA_HOME, /usr/lib/jvm or /opt. Install one, or name one: --jdk DIRECTORY" >&2
  return 1
}
