# Several servers: the values and the manifests of examples/deploy for each of the three shapes. Sourced.

readonly DEPLOY=$repository/examples/deploy
readonly DRIVER=${CISTERN_S3_DRIVER:-$repository/registry-storage-s3/target/cistern-s3-driver.jar}

run_shapes() {
  local shape kind peers
  for shape in one-directory one-bucket own-disks; do
    kind=Deployment peers='dns: @:5000'
    # Their names stay, and with them what each one owns.
    [[ $shape != own-disks ]] || kind=StatefulSet peers='- ?-2.@:5000'
    check "$shape: helm lint has nothing to say" helm lint --strict "$CHART" --values "$DEPLOY/helm/$shape.yaml"
    check "$shape: the chart renders" render "$shape" --values "$DEPLOY/helm/$shape.yaml"
    shape_checks "$shape" $kind prod-cistern "$(sed -e 's#?#prod-cistern#' -e 's#@#prod-cistern-peers.cache.svc#' <<<"$peers")"
    check "$shape: the file without Helm has only fields that the Kubernetes API has" plain "$shape"
    shape_checks "plain-$shape" $kind cistern "$(sed -e 's#- ?#cistern#' -e 's#@#cistern-peers#' <<<"$peers")"
  done
  check "one-directory: all mount one claim" shows one-directory \
    '[.[] | select(.kind == "PersistentVolumeClaim").spec.accessModes[0]]' '["ReadWriteMany"]'
  check "own-disks: each has a claim of its own, and there is no other one" shows own-disks \
    '[[.[] | select(.kind == "PersistentVolumeClaim")], [.[].spec.volumeClaimTemplates // [] | .[].spec.resources.requests.storage]]' '[[],["200Gi"]]'
  check "one-bucket: no volume outlives a pod" shows one-bucket \
    '[[.[] | select(.kind == "PersistentVolumeClaim")], [.[].spec.template.spec.volumes // [] | .[] | select(.name == "data").emptyDir]]' '[[],[{}]]'
  check "one-bucket: the key of the bucket is in a Secret alone" shows one-bucket \
    '[.[].spec.template.spec.containers // [] | .[].env[] | [.name, .value, .valueFrom.secretKeyRef.name]]' \
    '[["AWS_ACCESS_KEY_ID",null,"cistern-bucket"],["AWS_SECRET_ACCESS_KEY",null,"cistern-bucket"]]'
  check "with a certificate, peers have names and use HTTPS, also over a bucket" peers_use_https
  check "a network policy lets peers reach each other" shape_policy
  check "peers without a secret are refused" refused "peers.existingSecret" --set peers.enabled=true,replicas=2,persistence.enabled=false
  check "a claim for each replica beside an existing one is refused" refused "existingClaim" \
    --set persistence.perReplica=true,persistence.existingClaim=shared
}

# shape_checks NAME KIND CONFIGMAP PEERS
shape_checks() {
  local name=$1 kind=$2 map=$3 peers=$4 pod=".[] | select(.kind == \"$2\").spec.template.spec"
  check "$name: it is a $kind with three replicas" shows "$name" ".[] | select(.kind == \"$kind\").spec.replicas" 3
  check "$name: the server accepts the configuration" shape_configuration "$name" "$map"
  check "$name: it names the peers" grep -qF -- "$peers" "$WORK/$name.yml"
  check "$name: that service has no address of its own, and selects the pods" shows "$name" \
    "[(.[] | select(.kind == \"Service\" and .spec.clusterIP == \"None\").spec.selector) as \$selector | .[] | select(.kind == \"$kind\")
      | .spec.template.metadata.labels | contains(\$selector)]" '[true]'
  check "$name: the secret of the peers is a mounted file" shows "$name" "[$pod.volumes[] | select(.name == \"peers\").secret.secretName]" '["cistern-peers"]'
  check "$name: each mount has its volume" shows "$name" \
    "[.[] | select(.kind == \"$kind\").spec | [.template.spec.containers[0].volumeMounts[].name] - [.template.spec.volumes[].name] - [.volumeClaimTemplates // [] | .[].metadata.name]] | flatten" '[]'
  check "$name: one is drained at a time" shows "$name" '[.[] | select(.kind == "PodDisruptionBudget").spec.maxUnavailable]' '[1]'
}

# plain SHAPE: $WORK/plain-SHAPE.json, of the file without Helm.
plain() { "$CHART_TOOLS/manifests" <"$DEPLOY/kubernetes/$1.yaml" >"$WORK/plain-$1.json"; }

shape_configuration() {
  jq -r "$(of ConfigMap "$2") | .data[\"config.yml\"]" "$WORK/$1.json" >"$WORK/$1.yml"
  mkdir -p "$WORK/drivers" "$WORK/volume"
  cp "$DRIVER" "$WORK/drivers/"
  (umask 077 && echo "the secret of the peers" >"$WORK/peers-secret")
  sed -e "s#/var/lib/cistern#$WORK/volume#" -e "s#/etc/cistern-peers/secret#$WORK/peers-secret#" "$WORK/$1.yml" >"$WORK/$1-here.yml"
  AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret java -jar "$JAR" --driver-path "$WORK/drivers" check-config "$WORK/$1-here.yml"
}

peers_use_https() {
  render https --values "$DEPLOY/helm/one-bucket.yaml" --set tls.existingSecret=cistern-tls || return 1
  jq -r "$(of ConfigMap prod-cistern) | .data[\"config.yml\"]" "$WORK/https.json" | grep -xE " +- https://prod-cistern-2.prod-cistern-peers.cache.svc:5000" &&
    shows https '[.[] | select(.kind == "StatefulSet").spec | [.replicas, .volumeClaimTemplates]]' '[[3,null]]'
}

shape_policy() {
  render policy --values "$DEPLOY/helm/own-disks.yaml" --set networkPolicy.enabled=true,networkPolicy.from[0].ipBlock.cidr=10.0.0.0/8,networkPolicy.to[0].ipBlock.cidr=192.0.2.0/24 || return 1
  shows policy '(.[] | select(.kind == "StatefulSet").spec.template.metadata.labels) as $labels | .[] | select(.kind == "NetworkPolicy").spec
    | [[.ingress[].from[]?.podSelector.matchLabels | values], [.egress[].to[]?.podSelector.matchLabels | values]] | flatten | map(. as $s | $labels | contains($s))' '[true,true]'
}
