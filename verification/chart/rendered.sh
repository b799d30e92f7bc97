# What the chart renders. Sourced.

# render NAME [OPTION]...: $WORK/NAME.json, the manifests in the types of the Kubernetes API.
render() {
  local name=$1
  shift
  helm template prod "$CHART" --namespace cache --kube-version 1.31.0 "$@" >"$WORK/$name.yaml" &&
    "$CHART_TOOLS/manifests" <"$WORK/$name.yaml" >"$WORK/$name.json"
}

# shows NAME FILTER EXPECTED: what jq finds in the manifests, as compact JSON.
shows() { equal "$3" "$(jq -c "$2" "$WORK/$1.json")"; }

readonly POD='.[] | select(.kind == "Deployment").spec.template.spec'
of() { echo ".[] | select(.kind == \"$1\" and .metadata.name == \"$2\")"; }

versions_agree() {
  equal "$(java -jar "$JAR" --version)" "Cistern $(helm show chart "$CHART" | sed -n 's/^appVersion: //p')"
}

# configuration_is_accepted NAME: the server reads it, and misses only files of the cluster.
configuration_is_accepted() {
  jq -r "$(of ConfigMap prod-cistern) | .data[\"config.yml\"]" "$WORK/$1.json" | sed "s#/var/lib/cistern#$WORK/none#" >"$WORK/$1.yml"
  # The files of Secrets are not here.
  sed -i -e "s#/etc/cistern-credentials/.*#$WORK/secret#" -e "s#/etc/cistern/docker/config.json#$WORK/docker.json#" \
    -e '/^  tls:/,/^ \{0,2\}[^ ]/{/^  tls:/d;/^    /d}' "$WORK/$1.yml"
  echo secret >"$WORK/secret"
  echo '{}' >"$WORK/docker.json"
  chmod 600 "$WORK/secret" "$WORK/docker.json"
  local said
  said=$(java -jar "$JAR" stats "$WORK/$1.yml" 2>&1) || true
  grep -q "$WORK/none" <<<"$said" && ! grep -qE "^$WORK/$1.yml|error" <<<"$said" || { echo "$said"; return 1; }
}

# selects NAME SERVICE: the service selects the pods of the Deployment and of nothing else.
selects() {
  shows "$1" "[($(of Service "$2") | .spec.selector) as \$selector | .[] | select(.kind == \"Deployment\" or .kind == \"DaemonSet\")
    | select(.spec.template.metadata.labels as \$labels | \$selector | to_entries | all(\$labels[.key] == .value)) | .kind]" '["Deployment"]'
}

run_rendered() {
  check "default values render, in fields that the Kubernetes API has" render default
  check "they give a configuration, a claim, two services and a Deployment" \
    shows default '[.[] | .kind] | sort' '["ConfigMap","Deployment","PersistentVolumeClaim","Service","Service"]'
  check "the server accepts the configuration" configuration_is_accepted default
  check "the pod is restricted, as the Pod Security Standard says" shows default \
    "$POD | [.securityContext.runAsNonRoot, .securityContext.seccompProfile.type, .automountServiceAccountToken] + [.containers[0].securityContext | .allowPrivilegeEscalation, .readOnlyRootFilesystem, .capabilities.drop]" \
    '[true,"RuntimeDefault",false,false,true,["ALL"]]'
  check "no service links become variables" shows default "$POD.enableServiceLinks" false
  check "no probe asks /readyz: a full disk would take the only volume out of service" shows default \
    "$POD.containers[0] | [.livenessProbe, .readinessProbe, .startupProbe] | map(.httpGet.path + \" \" + .httpGet.port)" \
    '["/healthz registry","/healthz registry","/healthz registry"]'
  check "the claim is mounted where the content is" shows default \
    "[$POD | (.volumes[] | select(.persistentVolumeClaim) | .name) as \$name | .containers[0].volumeMounts[] | select(.name == \$name).mountPath]" '["/var/lib/cistern"]'
  check "each mount has its volume" shows default "$POD | [.containers[0].volumeMounts[].name] - [.volumes[].name]" '[]'
  check "one node attaches the volume at a time" shows default '.[] | select(.kind == "Deployment").spec.strategy.type' '"Recreate"'
  check "the service selects the pods" selects default prod-cistern
  check "the service of metrics selects the pods" selects default prod-cistern-metrics
  check "the grace period is longer than the drain" shows default "$POD.terminationGracePeriodSeconds" 120
  check "the server listens while nodes learn that the pod ends" grep -qx "  draindelay: 5s" "$WORK/default.yml"
  check "the status page is inside the pod" grep -qx "    addr: localhost:5002" "$WORK/default.yml"
  check "no service has the port of the status page" shows default '[.[] | select(.kind == "Service").spec.ports[].port]' '[5000,5001]'

  check "all options render" render everything --values "$suite/values/everything.yaml"
  check "an existing claim replaces the chart's" shows everything \
    "[[.[] | select(.kind == \"PersistentVolumeClaim\")], [$POD.volumes[].persistentVolumeClaim.claimName | values]]" '[[],["shared"]]'
  check "the server accepts the configuration of all options" configuration_is_accepted everything
  check "the chart decides where the content is" grep -qx "    rootdirectory: $WORK/none" "$WORK/everything.yml"
  check "secrets are mounted files, and in no manifest" shows everything \
    "$POD | [.volumes[].projected.sources[]?.secret.name | values] + [.volumes[].secret.secretName | values]" '["cistern-tls","docker-config","upstream-passwords"]'
  check "each mount of all options has its volume" shows everything "$POD | [.containers[0].volumeMounts[].name] - [.volumes[].name]" '[]'
  check "probes use HTTPS" shows everything "$POD.containers[0] | [.livenessProbe, .readinessProbe, .startupProbe] | map(.httpGet.scheme) | unique" '["HTTPS"]'
  check "a digest counts more than a tag" shows everything "$POD.containers[0].image" "\"registry.example/cistern@sha256:$(printf 'a%.0s' {1..64})\""
  check "the priority class, nodes, tolerations, account and pull secrets are set" shows everything \
    "$POD | [.priorityClassName, .nodeSelector.disk, .tolerations[0].key, .serviceAccountName, .imagePullSecrets[0].name]" \
    '["system-cluster-critical","fast","cache","cistern","pull"]'
  check "the ServiceMonitor selects the service of metrics" shows everything \
    "(.[] | select(.kind == \"ServiceMonitor\").spec) as \$monitor | [.[] | select(.kind == \"Service\" and (.metadata.labels | contains(\$monitor.selector.matchLabels))) | .metadata.name, (.spec.ports[] | select(.name == \$monitor.endpoints[0].port).port)]" \
    '["prod-cistern-metrics",9090]'
  check "the network policy lets nodes pull, Prometheus read metrics, and the cache reach DNS and upstreams" shows everything \
    '.[] | select(.kind == "NetworkPolicy").spec | [.policyTypes, (.ingress | map([.ports[0].port, .from])), (.egress | map(.ports[0].port))]' \
    '[["Ingress","Egress"],[["registry",[{"ipBlock":{"cidr":"10.0.0.0/8"}}]],["metrics",[{"namespaceSelector":{"matchLabels":{"name":"monitoring"}}}]]],[53,1]]'
  check "the disruption budget and the policy select the pods" shows everything \
    '(.[] | select(.kind == "Deployment").spec.template.metadata.labels) as $labels | [.[] | .spec.podSelector?.matchLabels // (select(.kind == "PodDisruptionBudget").spec.selector.matchLabels) | values | . as $s | $labels | contains($s)]' '[true,true]'
  check "two replicas are replaced one after the other" shows everything '.[] | select(.kind == "Deployment").spec | [.replicas, .strategy.type]' '[2,"RollingUpdate"]'
  check "the service selects the pods, and not those of the DaemonSet" selects everything prod-cistern

  check "without persistence and metrics, little renders" render small --values "$suite/values/small.yaml"
  check "that is a configuration, a service and a Deployment with an emptyDir" shows small \
    "[[.[] | .kind] | sort] + [[$POD.volumes[] | select(.name == \"data\").emptyDir]]" '[["ConfigMap","Deployment","Service"],[{}]]'
  check "the service has no node port" shows small "$(of Service prod-cistern).spec | [.type, .ports[0].nodePort]" '["ClusterIP",null]'

  check "required client certificates render" render certificates --values "$suite/values/certificates.yaml"
  check "probes, which have no certificate, go to the listener for operators" shows certificates \
    "$POD.containers[0] | [.livenessProbe, .readinessProbe, .startupProbe] | map([.httpGet.path, .httpGet.port, .httpGet.scheme])" \
    '[["/healthz",5001,null],["/healthz",5001,null],["/healthz",5001,null]]'
  check "it listens there, without metrics" listens_for_probes
  check "the server accepts this configuration" configuration_is_accepted certificates
  check "with metrics, probes go to their port" probes_of_metrics
  check "with optional client certificates, probes go to the listener for clients" probes_of_clients

  check "a changed configuration starts new pods" changed_configuration
  check "a storage class and a size are the claim's" claim_is_set
}

listens_for_probes() {
  shows certificates '[.[] | select(.kind == "Service").spec.ports[].port]' '[5000]' &&
    grep -qx "        addr: :5001" "$WORK/certificates.yaml"
}

probes_of_metrics() {
  render probes --values "$suite/values/certificates.yaml" --set metrics.enabled=true,metrics.port=9090 &&
    shows probes "$POD.containers[0].livenessProbe.httpGet.port" 9090
}

probes_of_clients() {
  render probes --values "$suite/values/certificates.yaml" --set config.http.tls.clientauth=verify-client-cert-if-given &&
    shows probes "$POD.containers[0].livenessProbe.httpGet | [.port, .scheme]" '["registry","HTTPS"]'
}

changed_configuration() {
  render changed --set config.proxy.maxsize=10GiB || return 1
  local filter='.[] | select(.kind == "Deployment").spec.template.metadata.annotations["checksum/config"]'
  [[ $(jq -r "$filter" "$WORK/changed.json") != "$(jq -r "$filter" "$WORK/default.json")" ]]
}

claim_is_set() {
  render claim --set persistence.storageClass=fast,persistence.size=1Ti &&
    shows claim '.[] | select(.kind == "PersistentVolumeClaim").spec | [.storageClassName, .resources.requests.storage]' '["fast","1Ti"]'
}

# refused PATTERN OPTION...: the chart does not render, and says why.
refused() {
  local pattern=$1 said
  shift
  if said=$(helm template prod "$CHART" --kube-version 1.31.0 "$@" 2>&1); then
    echo "it rendered"
    return 1
  fi
  grep -q "$pattern" <<<"$said" || { echo "$said"; return 1; }
}

run_refused() {
  check "a misspelt value is refused" refused "persistance" --set persistance.enabled=false
  check "a value of another type is refused" refused "replicas" --set replicas=two
  check "an unknown type of service is refused" refused "service.type\|/service/type" --set service.type=Nodeport
  check "several replicas over a volume of one node are refused" refused "ReadWriteMany" --set replicas=2
  check "a ServiceMonitor without metrics is refused" refused "metrics.enabled" --set metrics.enabled=false,metrics.serviceMonitor.enabled=true
}
