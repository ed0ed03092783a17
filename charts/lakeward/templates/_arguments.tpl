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
- --azure-authority={{ . }}
{{- end }}
{{- if or .Values.caBundle.configMap .Values.caBundle.secret }}
- --ca-bundle=/etc/lakeward/ca/{{ .Values.caBundle.key }}
{{- end }}
- --request-timeout={{ .Values.requestTimeout }}
- --attempt-settle={{ .Values.attemptSettle }}
- --concurrency={{ .Values.concurrency }}
- --grace={{ .Values.grace }}
- --lease-duration={{ .Values.leaseDuration }}
- --relist-interval={{ .Values.relistInterval }}
- --log-level={{ .Values.logLevel }}
{{- end -}}

{{/* Whole seconds of a duration such as 1h30m, rounded up. */}}
{{- define "lakeward.seconds" -}}
{{- $milliseconds := 0 -}}
{{- range regexFindAll "[0-9]+(ms|s|m|h)" . -1 -}}
{{- $amount := regexFind "[0-9]+" . | int -}}
{{- $unit := get (dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000) (regexFind "[a-z]+" .) -}}
{{- $milliseconds = add $milliseconds (mul $amount $unit) -}}
{{- end -}}
{{ div (add $milliseconds 999) 1000 }}
{{- end -}}
