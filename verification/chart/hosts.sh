# What the DaemonSet does on a node, with its scripts on a directory. Sourced.

# on_node SCRIPT: runs a script of the chart as in its container.
on_node() {
  jq -r "$(of ConfigMap prod-cistern-hosts) | .data[\"$1\"]" "$WORK/everything.json" | sed -e "s#/certs.d#$WORK/node#g" -e "s#/chart#$WORK/chart#g" |
    REGISTRIES=$(jq -r '.[] | select(.kind == "DaemonSet").spec.template.spec.containers[0].env[] | select(.name == "REGISTRIES").value' "$WORK/everything.json") sh -s
}

run_hosts() {
  mkdir -p "$WORK"/{chart,node/docker.io}
  jq -r "$(of ConfigMap prod-cistern-hosts) | .data[\"hosts.toml\"]" "$WORK/everything.json" >"$WORK/chart/hosts.toml"
  echo 'server = "https://by.hand"' >"$WORK/node/docker.io/hosts.toml"
  check "the DaemonSet writes the file of containerd" on_node write.sh
  check "it names the cache, without the last slash" grep -qxF '[host."https://cache.example:443"]' "$WORK/node/_default/hosts.toml"
  check "it leaves a file that it did not write" grep -qx 'server = "https://by.hand"' "$WORK/node/docker.io/hosts.toml"
  check "it may write again" on_node write.sh
  check "at its end it removes its own files" on_node remove.sh
  check "and nothing else" equal "docker.io/hosts.toml" "$(cd "$WORK/node" && find . -type f -printf '%P\n')"
  check "it runs as root of the node without capabilities, and mounts one directory of it" shows everything \
    '.[] | select(.kind == "DaemonSet").spec.template.spec | [.volumes[].hostPath.path | values] + [.containers[0].securityContext | .capabilities.drop[0], .allowPrivilegeEscalation, .readOnlyRootFilesystem]' \
    '["/etc/containerd/certs.d","ALL",false,true]'
}
