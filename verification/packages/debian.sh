# The Debian package, installed in a view of this machine. Sourced.

# The most that systemd may find wrong with the sandbox, of 10.
readonly EXPOSURE=2.0

run_debian() {
  section "the Debian package"
  check "it builds" "$repository/packaging/deb/build" "$WORK/one"
  check "twice the same" same_package
  PACKAGE=$(echo "$WORK"/one/*.deb)
  if command -v lintian >/dev/null; then check "lintian finds no error" lintian --fail-on error "$PACKAGE"; fi
  if command -v systemd-analyze >/dev/null; then
    check "systemd takes the unit, and calls its exposure at most $EXPOSURE" unit_is_tight
  fi
  check "dpkg installs it, and it starts, serves, keeps a changed configuration, and purges" in_view
}

same_package() {
  mkdir -p "$WORK/elsewhere"
  TMPDIR=$WORK/elsewhere "$repository/packaging/deb/build" "$WORK/two" && diff -r "$WORK/one" "$WORK/two"
}

unit_is_tight() {
  local said level
  # The program is not installed here: only that may be said.
  said=$(systemd-analyze verify "$repository/packaging/systemd/cistern.service" 2>&1 | grep -v 'is not executable: No such file' || true)
  equal "" "$said" || return 1
  level=$(systemd-analyze security --offline=yes "$repository/packaging/systemd/cistern.service" 2>/dev/null | sed -n 's/.*exposure level.*: \([0-9.]*\).*/\1/p')
  awk -v level="$level" -v most=$EXPOSURE 'BEGIN { exit !(level != "" && level <= most) }' || { echo "exposure: $level"; return 1; }
}

# in_view: what it writes goes to a layer of memory over this machine's root, in a mount namespace that ends with it.
in_view() {
  mkdir -p "$WORK/layer"
  unshare --mount --pid --fork --kill-child bash -euc '
    mount -t tmpfs tmpfs "$1/layer"
    mkdir "$1/layer/upper" "$1/layer/work" "$1/layer/root"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$1/layer/upper,workdir=$1/layer/work" "$1/layer/root"
    for directory in proc dev sys; do mount --rbind "/$directory" "$1/layer/root/$directory"; done
    mount -t tmpfs tmpfs "$1/layer/root/run"
    cp "$2" "$1/layer/root/cistern.deb"
    cp "$3" "$1/layer/root/inside.sh"
    chroot "$1/layer/root" bash -eu /inside.sh "$4"
  ' view "$WORK" "$PACKAGE" "$suite/inside.sh" "$PORT"
}
