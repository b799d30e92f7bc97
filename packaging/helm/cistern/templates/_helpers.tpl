{{- define "cistern.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "cistern.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "cistern.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "cistern.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "cistern.selector" -}}
app.kubernetes.io/name: {{ include "cistern.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "cistern.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "cistern.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "cistern.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- /* Not empty if clients must show a certificate. The kubelet has none for its probes. */ -}}
{{- define "cistern.certificates" -}}
{{- $tls := default dict (default dict .Values.config.http).tls -}}
{{- if and $tls.clientcas (ne (default "" $tls.clientauth) "verify-client-cert-if-given") -}}
required
{{- end -}}
{{- end -}}

{{- /* Whether each server has a volume of its own. */ -}}
{{- define "cistern.ownVolumes" -}}
{{- and .Values.persistence.enabled .Values.persistence.perReplica -}}
{{- end -}}

{{- /* Whether servers keep their names, by a StatefulSet: for volumes of their own, and for the certificates of peers. */ -}}
{{- define "cistern.names" -}}
{{- or (eq (include "cistern.ownVolumes" .) "true") (and .Values.peers.enabled (ne .Values.tls.existingSecret "")) -}}
{{- end -}}

{{- define "cistern.claim" -}}
accessModes:
  {{- toYaml .Values.persistence.accessModes | nindent 2 }}
{{- if eq .Values.persistence.storageClass "-" }}
storageClassName: ''
{{- else if .Values.persistence.storageClass }}
storageClassName: {{ .Values.persistence.storageClass }}
{{- end }}
resources:
  requests:
    storage: {{ .Values.persistence.size }}
{{- end -}}

{{- /* The configuration, with what the chart decides. */ -}}
{{- define "cistern.config" -}}
{{- $chart := dict "http" (dict "addr" ":5000") "proxy" (dict) -}}
{{- if dig "storage" "s3" "" .Values.config -}}
{{- $_ := set $chart.proxy "local" (dict "rootdirectory" "/var/lib/cistern") -}}
{{- else -}}
{{- $_ := set $chart "storage" (dict "filesystem" (dict "rootdirectory" "/var/lib/cistern")) -}}
{{- end -}}
{{- if .Values.peers.enabled -}}
{{- $service := printf "%s-peers.%s.svc:5000" (include "cistern.fullname" .) .Release.Namespace -}}
{{- $peers := dict "secretfile" "/etc/cistern-peers/secret" -}}
{{- if eq (include "cistern.names" .) "true" -}}
{{- $addresses := list -}}
{{- range until (int .Values.replicas) -}}
{{- $addresses = append $addresses (printf "%s%s-%d.%s" (ternary "https://" "" (ne $.Values.tls.existingSecret "")) (include "cistern.fullname" $) . $service) -}}
{{- end -}}
{{- $_ := set $peers "addresses" $addresses -}}
{{- else -}}
{{- $_ := set $peers "dns" $service -}}
{{- end -}}
{{- $_ := set $chart.proxy "peers" $peers -}}
{{- end -}}
{{- if .Values.metrics.enabled -}}
{{- $_ := set $chart.http "debug" (dict "addr" (printf ":%d" (int .Values.metrics.port)) "prometheus" (dict "enabled" true)) -}}
{{- else if include "cistern.certificates" . -}}
{{- /* For probes alone. */ -}}
{{- $_ := set $chart.http "debug" (dict "addr" (printf ":%d" (int .Values.metrics.port)) "prometheus" (dict "enabled" false)) -}}
{{- end -}}
{{- if .Values.tls.existingSecret -}}
{{- $_ := set $chart.http "tls" (dict "certificate" "/etc/cistern/tls/tls.crt" "key" "/etc/cistern/tls/tls.key") -}}
{{- end -}}
{{- if .Values.upstreamCredentials.dockerConfigSecret -}}
{{- $_ := set $chart.proxy "dockerconfig" "/etc/cistern/docker/config.json" -}}
{{- end -}}
{{- toYaml (mustMergeOverwrite (deepCopy .Values.config) $chart) -}}
{{- end -}}

{{- define "cistern.probe" -}}
{{- $values := .root.Values -}}
httpGet:
  path: {{ .probe.path }}
  {{- if include "cistern.certificates" .root }}
  port: {{ $values.metrics.port }}
  {{- else }}
  port: registry
  {{- if $values.tls.existingSecret }}
  scheme: HTTPS
  {{- end }}
  {{- end }}
{{ toYaml (omit .probe "path") }}
{{- end -}}
