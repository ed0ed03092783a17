{{/* What this release's objects are called. */}}
{{- define "lakeward.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride }}
{{- else if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 44 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 44 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "lakeward.operator" -}}
{{ include "lakeward.fullname" . }}-operator
{{- end -}}

{{- define "lakeward.serviceAccount" -}}
{{- if .Values.serviceAccount.name -}}
{{ .Values.serviceAccount.name }}
{{- else if .Values.serviceAccount.create -}}
{{ include "lakeward.operator" . }}
{{- else -}}
{{ fail "serviceAccount.create is false, so serviceAccount.name has to name one that exists" }}
{{- end -}}
{{- end -}}

{{/* What Deployment, disruption budget and Service know the pods by; a Deployment never lets it change. */}}
{{- define "lakeward.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "lakeward.labels" -}}
{{ include "lakeward.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "lakeward.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Refuses to take the installation's name away by an upgrade that leaves it out, as --set without all values does. */}}
{{- define "lakeward.keepsItsName" -}}
{{- $is := .Values.instance | default "" -}}
{{- $there := lookup "apps/v1" "Deployment" .Release.Namespace (include "lakeward.fullname" .) -}}
{{- range dig "spec" "template" "spec" "containers" list $there -}}
{{- range .args -}}
{{- $was := trimPrefix "--instance=" . -}}
{{- if and (hasPrefix "--instance=" .) (ne $was $is) -}}
{{ fail (printf "instance was %s and is %s now: what was made in Databricks would be somebody else's, all at once (ManagedElsewhere). So say it again, or --reset-then-reuse-values. Who wants another name all the same uninstalls the release first" $was ($is | default "not set")) }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
