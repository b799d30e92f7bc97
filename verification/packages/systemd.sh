# The Debian package under systemd, in a view of this machine with processes and units of its own. Sourced.

run_systemd() {
  section "the service under systemd"
  if ! command -v systemd-nspawn >/dev/null; then
    echo "      skipped: install systemd-container"
    return 0
  fi
  check "systemd starts, reloads, restarts and stops the service, and refuses a wrong configuration" in_booted_view
}

# in_booted_view: systemd-nspawn boots the view without the services of this machine (basic.target). What it writes goes to a layer
# of memory, in a mount namespace that ends with it.
in_booted_view() {
  mkdir -p "$WORK/booted"
  unshare --mount --pid --fork --kill-child --mount-proc bash -euc '
    mount -t tmpfs tmpfs "$1/booted"
    mkdir "$1/booted/upper" "$1/booted/work" "$1/booted/root"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$1/booted/upper,workdir=$1/booted/work" "$1/booted/root"
    cp "$2" "$1/booted/root/cistern.deb"
    cp "$3" "$1/booted/root/service.sh"
    # The results are a file: what systemd prints while it boots is no concern of the checks.
    cat >"$1/booted/root/etc/systemd/system/check.service" <<UNIT
[Unit]
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c "bash -eu /service.sh $4 >/result 2>&1 && touch /passed; systemctl exit"
UNIT
    systemd-nspawn --quiet --directory "$1/booted/root" --register=no --keep-unit --machine="cistern-$$" --boot --console=pipe \
      systemd.unit=check.service </dev/null >"$1/log/systemd.log" 2>&1 || true
    cat "$1/booted/root/result" "$1/log/systemd.log" | tail -n 40
    [[ -e $1/booted/root/passed ]]
  ' view "$WORK" "$PACKAGE" "$suite/service.sh" "$PORT"
}
