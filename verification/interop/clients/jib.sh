# Jib, the Java client: its Maven plugin builds an image over a base image that it pulls. Sourced.

# jib_build BASE [ARGUMENT...]: builds an image over BASE with an empty cache of layers, and prints its digest.
jib_build() {
  # Not offline: then Jib would not pull either. Maven finds what it needs in its repository.
  local copy=$WORK/jib
  rm -rf "$copy" "$WORK/jib-layers"
  cp -r "$here/clients/jib" "$copy"
  mvn -B -q -f "$copy/pom.xml" compile jib:buildTar -Djib.from.image="$1" -Djib.baseImageCache="$WORK/jib-layers" \
    -Djib.applicationCache="$WORK/jib-layers" "${@:2}" >"$WORK/log/jib.log" 2>&1 || { cat "$WORK/log/jib.log" >&2; return 1; }
  sha256sum <"$copy/target/jib-image.tar"
}

# Jib and Maven's plugins come from Maven Central, which the sandbox does not reach. Outside of it, once.
jib_fetch() {
  local copy
  copy=$(mktemp -d)
  cp -r "$here/clients/jib" "$copy/jib"
  mvn -B -q -f "$copy/jib/pom.xml" compile jib:buildTar -Djib.from.image=scratch
  rm -rf "$copy"
}
