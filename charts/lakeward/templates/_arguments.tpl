{{/* Every flag of `lakeward run`, from its value. What a value leaves empty is the program's own default. */}}
{{- define "lakeward.arguments" -}}
- run
- --health-port=8080
{{- with .Values.namespaces }}
- --namespaces={{ join "," . }}
{{- end }}
{{- with .Values.instance }}
- --instance={{ . }}
{{- end }}
{{- with .Values.allowedHosts }}
- --allowed-hosts={{ join "," . }}
{{- end }}
{{- if .Values.allowHttp }}
- --allow-http
{{- end }}
{{- if kindIs "invalid" .Values.ambientIdentityNamespaces }}
- --ambient-identity-namespaces={{ .Release.Namespace }}
{{- else if .Values.ambientIdentityNamespaces }}
- --ambient-identity-namespaces={{ join "," .Values.ambientIdentityNamespaces }}
{{- end }}
{{- if .Values.tokens.databricks.audience }}
- --oidc-token-file=/var/run/lakeward/tokens/databricks
{{- end }}
{{- if .Values.tokens.azure.audience }}
- --azure-token-file=/var/run/lakeward/tokens/azure
{{- end }}
{{- with .Values.azureAuthority }}
{{- if and (hasPrefix "http:" .) (not $.Values.allowHttp) }}
{{- fail "azureAuthority is an http address, which takes allowHttp: secrets travel in clear" }}
{{- end }}
- --azure-authority={{ . }}
{{- end }}
{{- if or .Values.caBundle.configMap .Values.caBundle.secret }}
- --ca-bundle=/etc/lakeward/ca/{{ .Values.caBundle.key }}
{{- end }}
{{- if .Values.hashKey.secret }}
- --hash-key-file=/etc/lakeward/hash-key/{{ .Values.hashKey.key }}
{{- end }}
- --request-timeout={{ include "lakeward.within" (list "requestTimeout" .Values.requestTimeout "100ms" "1h") }}
- --attempt-settle={{ include "lakeward.within" (list "attemptSettle" .Values.attemptSettle "0s" "24h") }}
- --concurrency={{ .Values.concurrency }}
- --grace={{ include "lakeward.within" (list "grace" .Values.grace "0s" "1h") }}
- --lease-duration={{ include "lakeward.within" (list "leaseDuration" .Values.leaseDuration "1s" "10m") }}
- --relist-interval={{ include "lakeward.within" (list "relistInterval" .Values.relistInterval "1s" "168h") }}
- --log-level={{ .Values.logLevel }}
{{- end -}}

{{/* A duration (name, value, least, most), refused here where the program would refuse it in every pod. */}}
{{- define "lakeward.within" -}}
{{- $value := include "lakeward.milliseconds" (index . 1) | int64 -}}
{{- $least := include "lakeward.milliseconds" (index . 2) | int64 -}}
{{- $most := include "lakeward.milliseconds" (index . 3) | int64 -}}
{{- if or (lt $value $least) (gt $value $most) -}}
{{ fail (printf "%s is %s; it has to be a duration from %s to %s" (index . 0) (index . 1) (index . 2) (index . 3)) }}
{{- end -}}
{{ index . 1 }}
{{- end -}}

{{/* Milliseconds of a duration such as 1h30m. */}}
{{- define "lakeward.milliseconds" -}}
{{- $milliseconds := 0 -}}
{{- range regexFindAll "[0-9]+(ms|s|m|h)" . -1 -}}
{{- $amount := regexFind "[0-9]+" . | int -}}
{{- $unit := get (dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000) (regexFind "[a-z]+" .) -}}
{{- $milliseconds = add $milliseconds (mul $amount $unit) -}}
{{- end -}}
{{ $milliseconds }}
{{- end -}}

{{/* The same in whole seconds, rounded up. */}}
{{- define "lakeward.seconds" -}}
{{ div (add (include "lakeward.milliseconds" . | int64) 999) 1000 }}
{{- end -}}
