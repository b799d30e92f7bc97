# Runs in the view of the machine: installs the package, starts the unit's command as an unprivileged user, and removes all.
port=$1
fail() { echo "$*"; exit 1; }

# Its dependency may come from elsewhere than Debian on this machine.
dpkg --install --force-depends /cistern.deb || fail "dpkg does not install it"
[[ $(dpkg-query --show --showformat='${Conffiles}' cistern | awk '{ print $1 }' | xargs) == /etc/cistern/config.yml ]] || fail "config.yml is not a conffile"
unit=/lib/systemd/system/cistern.service
[[ ! -e /etc/systemd/system/multi-user.target.wants/cistern.service ]] || fail "it is enabled without being asked"

# The unit's commands and variables.
bash -c "$(sed -n 's/^ExecStartPre=-+//p' $unit)" || fail "ExecStartPre fails"
ls /var/cache/cistern/cistern-* || fail "ExecStartPre wrote no archive of classes"
while IFS= read -r assignment; do export "${assignment?}"; done < <(sed -n 's/^Environment="\?\([^"]*\)"\?$/\1/p' $unit)
install -d -o 65534 -g 65534 /var/lib/cistern
export REGISTRY_HTTP_ADDR=127.0.0.1:$port JAVA_OPTS="$JAVA_OPTS -Xshare:on"
# shellcheck disable=SC2046 # the words of the command
setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --inh-caps=-all $(sed -n 's/^ExecStart=//p' $unit) >/server.log 2>&1 &
server=$!
deadline=$((SECONDS + 60))
until curl -fsS "http://127.0.0.1:$port/v2/" >/dev/null 2>&1; do
  ((SECONDS < deadline)) && kill -0 $server || { cat /server.log; fail "it does not answer"; }
  sleep 0.1
done
kill -TERM $server
wait $server && code=0 || code=$?
[[ $code == 0 ]] || fail "SIGTERM ended it with $code"
[[ -d /var/lib/cistern/docker || -d /var/lib/cistern/.cistern ]] || fail "it did not use /var/lib/cistern"

echo '# changed' >>/etc/cistern/config.yml
dpkg --install --force-depends --force-confold /cistern.deb
grep -qx '# changed' /etc/cistern/config.yml || fail "an upgrade lost the changed configuration"
dpkg --remove cistern
[[ -e /etc/cistern/config.yml && -d /var/lib/cistern && ! -e /usr/bin/cistern ]] || fail "remove does not keep configuration and content alone"
dpkg --purge cistern
for path in /etc/cistern /var/lib/cistern /var/cache/cistern /usr/share/cistern /usr/share/doc/cistern; do
  [[ ! -e $path ]] || fail "purge left $path: $(find $path | head -3)"
done
