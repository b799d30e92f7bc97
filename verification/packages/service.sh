# Runs in a view of the machine that systemd has booted: the service as the package's documents tell.
port=$1
fail() { echo "$*"; journalctl --unit cistern --no-pager | tail -n 20; exit 1; }
property() { systemctl show cistern --property "$1" --value; }
is() { [[ $(property "$1") == "$2" ]] || fail "$1 is $(property "$1"), not $2"; }
answers() { curl -fsS --max-time 5 "http://127.0.0.1:$port/v2/" >/dev/null; }

dpkg --install --force-depends /cistern.deb || fail "dpkg does not install it"
systemctl daemon-reload
printf 'REGISTRY_HTTP_ADDR=127.0.0.1:%s\nREGISTRY_PROXY_REMOTEURL=http://127.0.0.1:9\n' "$port" >/etc/default/cistern

systemctl start cistern || fail "it does not start"
answers || fail "systemd calls it started, but it does not answer"
process=$(property ExecMainPID)
grep -qE '^CapEff:\s+0+$' "/proc/$process/status" || fail "it has capabilities"
! grep -qE '^Uid:\s+0' "/proc/$process/status" || fail "it runs as root"
[[ -d /var/lib/private/cistern/.cistern ]] || fail "it does not keep its content in /var/lib/cistern"

systemctl reload cistern || fail "it does not reload"
deadline=$((SECONDS + 30))
until journalctl --unit cistern --no-pager | grep -q 'was read again'; do
  ((SECONDS < deadline)) || fail "a reload does not read the configuration again"
  sleep 0.1
done

kill -KILL "$process"
until [[ $(property NRestarts) == 1 ]] && answers 2>/dev/null; do
  ((SECONDS < deadline + 60)) || fail "it does not come back after it was killed"
  sleep 0.1
done

systemctl stop cistern
is Result success
is ExecMainStatus 0

cp /etc/cistern/config.yml /config.yml
echo 'proxi: {}' >>/etc/cistern/config.yml
! systemctl start cistern || fail "systemd calls it started with a wrong configuration"
is ExecMainStatus 2
is ActiveState failed
journalctl --unit cistern --no-pager | grep -q 'proxi' || fail "the journal does not name the wrong key"
cp /config.yml /etc/cistern/config.yml

# The password, as root's file.
install -d /etc/systemd/system/cistern.service.d
sed '/tls-key/d; /CERTIFICATE/d' /usr/share/doc/cistern/examples/credentials.conf >/etc/systemd/system/cistern.service.d/credentials.conf
(umask 077 && echo secret >/etc/cistern/upstream-password)
systemctl daemon-reload
systemctl start cistern || fail "it does not start with credentials"
answers || fail "it does not answer with credentials"
journalctl --unit cistern --no-pager | grep -q 'with credentials' || fail "it does not use the credentials"
! journalctl --unit cistern --no-pager | grep -q 'secret' || fail "the journal has the password"
