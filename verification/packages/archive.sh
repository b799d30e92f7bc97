# The archive, unpacked. Sourced.

says() {
  local pattern=$1 said
  shift
  said=$("$@" 2>&1) || true
  grep -q -- "$pattern" <<<"$said" || { echo "expected $pattern, got: $said"; return 1; }
}

# fake_java VERSION: a directory with a java that says this version, and can nothing else.
fake_java() {
  mkdir -p "$WORK/java-$1/bin"
  printf '#!/bin/sh\necho '\''openjdk version "%s"'\'' >&2\n' "$1" >"$WORK/java-$1/bin/java"
  chmod +x "$WORK/java-$1/bin/java"
  echo "$WORK/java-$1"
}

run_archive() {
  local home version
  version=$(basename "$ARCHIVE" .tar.gz)
  version=${version#cistern-}
  home=$WORK/$(basename "$ARCHIVE" .tar.gz)
  section "the archive"
  check "it unpacks into one directory" unpack "$home"
  check "it has the files of systemd and the examples" has_files "$home"
  check "it has the driver for buckets" has_bucket_driver "$home"
  check "bin/cistern is a script of POSIX sh" sh -n "$home/bin/cistern"
  check "it starts the server's commands" says "^Cistern $version\$" "$home/bin/cistern" --version
  check "it has written an archive of classes, which the JVM accepts" archive_accepted "$home"
  ln -s "$home/bin/cistern" "$WORK/link"
  check "it works by a symbolic link" says "^Cistern $version\$" "$WORK/link" --version
  check "another jar at the same place gets another archive" archive_renewed "$home"
  check "JAVA_OPTS are options of the JVM" says "MaxHeapSize *= 67108864" env JAVA_OPTS="-Xmx64m -XX:+PrintFlagsFinal" "$home/bin/cistern" --version
  check "an old Java is refused, with its version and what to do" \
    says "is Java 1.8.0_392. Cistern needs Java 17" env JAVA_HOME="$(fake_java 1.8.0_392)" "$home/bin/cistern" serve
  check "so is Java 11" says "is Java 11.0.2. Cistern needs Java 17" env JAVA_HOME="$(fake_java 11.0.2)" "$home/bin/cistern" serve
  check "a wrong JAVA_HOME is named" says "JAVA_HOME is /nowhere" env JAVA_HOME=/nowhere "$home/bin/cistern" serve
  check "no Java at all is said" says "Java not found" without_java "$home"
  chmod -R a-w "$home/lib" && rm -f "$home"/lib/cistern-*
  check "it starts where it cannot write" says "^Cistern $version\$" setpriv --reuid 65534 --regid 65534 --clear-groups "$home/bin/cistern" --version
  check "and leaves nothing there" equal "cistern.jar drivers" "$(ls "$home/lib" | xargs)"
}

unpack() { tar xzf "$ARCHIVE" -C "$WORK" && chmod 755 "$WORK" && [[ -x $1/bin/cistern && -r $1/conf/config.yml && -r $1/LICENSE ]]; }

# The files that docs/operations.md copies from it.
has_files() {
  local file
  for file in systemd/cistern.service systemd/credentials.conf examples/clients/README.md examples/deploy/compose.yml examples/monitoring/alerts.yml; do
    [[ -r $1/$file ]] || { echo "$file is missing"; return 1; }
  done
}

archive_accepted() {
  # A cache of Java 25 (.aot) is required by another option than an archive of classes (.jsa).
  local required=-Xshare:on
  ls "$1"/lib/cistern-* || return 1
  [[ ! -e $(ls "$1"/lib/*.aot 2>/dev/null) ]] || required=-XX:AOTMode=on
  JAVA_OPTS=$required "$1/bin/cistern" --version
}

archive_renewed() {
  local before
  before=$(stat -c %y "$1"/lib/cistern-*)
  cp "$1/lib/cistern.jar" "$1/lib/new.jar"
  touch -d 2026-01-01 "$1/lib/new.jar"
  mv "$1/lib/new.jar" "$1/lib/cistern.jar"
  archive_accepted "$1" && [[ $(stat -c %y "$1"/lib/cistern-*) != "$before" ]]
}

without_java() {
  mkdir -p "$WORK/few"
  local program
  for program in dirname readlink sed head sh; do ln -sf "$(command -v $program)" "$WORK/few/$program"; done
  env -u JAVA_HOME PATH="$WORK/few" "$1/bin/cistern" serve
}

# has_bucket_driver HOME: the configuration of a bucket is understood.
has_bucket_driver() {
  printf 'version: 0.1\nstorage: {s3: {bucket: images, region: eu-central-1}}\n' >"$WORK/bucket.yml"
  says "eu-central-1" "$1/bin/cistern" check-config "$WORK/bucket.yml"
}
