{{/* Where Prometheus is told by annotations, and by nothing else: each pod is asked once. */}}
{{- define "lakeward.scrape" -}}
{{- if and .Values.metrics.annotations (not .Values.metrics.podMonitor.create) -}}
prometheus.io/scrape: "true"
prometheus.io/port: "8080"
prometheus.io/path: /metrics
{{- end -}}
{{- end -}}

{{- define "lakeward.pod" -}}
{{- $labels := include "lakeward.labels" . | fromYaml }}
{{- $more := .Values.podLabels | default dict }}
{{- range $name, $_ := include "lakeward.selector" . | fromYaml }}
{{- if hasKey $more $name }}{{ fail (printf "podLabels sets %s, by which the Deployment knows its pods: leave it out" $name) }}{{ end }}
{{- end }}
{{- $annotations := dict "kubectl.kubernetes.io/default-container" "operator" }}
{{- if not .Values.metrics.service }}
{{- $annotations = include "lakeward.scrape" . | fromYaml | merge $annotations }}
{{- end -}}
metadata:
  labels: {{- mergeOverwrite $labels $more | toYaml | nindent 4 }}
  annotations: {{- mergeOverwrite $annotations (.Values.podAnnotations | default dict) | toYaml | nindent 4 }}
spec:
  serviceAccountName: {{ include "lakeward.serviceAccount" . | quote }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  # Running work gets its grace; then lease and connections have to be given back.
  terminationGracePeriodSeconds: {{ add (include "lakeward.seconds" .Values.grace) 15 }}
  securityContext:
    runAsNonRoot: true
    {{- /* Helm takes numbers for floats, and would write large ones as such. */}}
    {{- with .Values.runAsUser | int64 }}
    runAsUser: {{ . }}
    runAsGroup: {{ . }}
    fsGroup: {{ . }}
    {{- end }}
    seccompProfile:
      type: RuntimeDefault
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: operator
      image: {{ include "lakeward.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: {{- include "lakeward.arguments" . | nindent 8 }}
      # Why it ended shows in `kubectl describe pod` too; it writes no file.
      terminationMessagePolicy: FallbackToLogsOnError
      {{- with include "lakeward.environment" . }}
      env: {{- . | nindent 8 }}
      {{- end }}
      ports:
        - name: http
          containerPort: 8080
      # An API server that is away at the start is waited for, and not answered with a restart.
      startupProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 5
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: http}
        periodSeconds: 5
        timeoutSeconds: 5
      resources: {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      {{- with include "lakeward.volumeMounts" . }}
      volumeMounts: {{- . | nindent 8 }}
      {{- end }}
  {{- with include "lakeward.volumes" . }}
  volumes: {{- . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- range .Values.topologySpreadConstraints | default (include "lakeward.spread" . | fromYamlArray) }}
    {{- /* Counted are those of the same version: the last pod of a former one is about to go from where it is. */}}
    {{- $ours := dict "matchLabelKeys" (list "pod-template-hash") "labelSelector" (dict "matchLabels" (include "lakeward.selector" $ | fromYaml)) }}
    - {{- merge (dict) . $ours | toYaml | nindent 6 }}
    {{- end }}
{{- end -}}

{{- define "lakeward.spread" -}}
- {topologyKey: kubernetes.io/hostname, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway}
- {topologyKey: topology.kubernetes.io/zone, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway}
{{- end -}}

{{- define "lakeward.environment" -}}
{{- $variables := list }}
{{- range $name, $value := dict "HTTPS_PROXY" .Values.proxy.https "HTTP_PROXY" .Values.proxy.http "NO_PROXY" .Values.proxy.except }}
{{- if $value }}
{{- $variables = append $variables (dict "name" $name "value" $value) }}
{{- end }}
{{- end }}
{{- range .Values.extraEnv }}
{{- $name := .name }}
{{- range $variables }}
{{- if eq .name $name }}{{ fail (printf "extraEnv sets %s, which is set before (by extraEnv or proxy): leave one of them out" $name) }}{{ end }}
{{- end }}
{{- $variables = append $variables . }}
{{- end }}
{{- with $variables }}
{{- toYaml . }}
{{- end }}
{{- end -}}

{{- define "lakeward.volumeMounts" -}}
{{- if or .Values.tokens.databricks.audience .Values.tokens.azure.audience }}
- name: tokens
  mountPath: /var/run/lakeward/tokens
  readOnly: true
{{- end }}
{{- if or .Values.caBundle.configMap .Values.caBundle.secret }}
- name: ca-bundle
  mountPath: /etc/lakeward/ca
  readOnly: true
{{- end }}
{{- if .Values.hashKey.secret }}
- name: hash-key
  mountPath: /etc/lakeward/hash-key
  readOnly: true
{{- end }}
{{- end -}}

{{- define "lakeward.volumes" -}}
{{- if or .Values.tokens.databricks.audience .Values.tokens.azure.audience }}
- name: tokens
  projected:
    sources:
      {{- range $path, $token := pick .Values.tokens "databricks" "azure" }}
      {{- if $token.audience }}
      - serviceAccountToken:
          path: {{ $path }}
          audience: {{ $token.audience | quote }}
          expirationSeconds: {{ $.Values.tokens.expirationSeconds | int64 }}
      {{- end }}
      {{- end }}
{{- end }}
{{- with .Values.caBundle }}
{{- if and .configMap .secret }}
{{ fail "caBundle.configMap and caBundle.secret are both set: leave one of them out" }}
{{- else if .configMap }}
- name: ca-bundle
  configMap:
    name: {{ .configMap | quote }}
{{- else if .secret }}
- name: ca-bundle
  secret:
    secretName: {{ .secret | quote }}
{{- end }}
{{- end }}
{{- with .Values.hashKey.secret }}
- name: hash-key
  secret:
    secretName: {{ . | quote }}
{{- end }}
{{- end -}}
