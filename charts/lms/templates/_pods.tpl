{{/* Common to every pod of the chart: Pod Security "restricted", no token, and only /tmp writable. */}}

{{- define "lms.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "lms.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{/* Volumes of a pod. Takes root, scratchSize. */}}
{{- define "lms.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: {{ .scratchSize | default "128Mi" }} }
{{- with .root.Values.caConfigMap }}
- name: ca
  configMap: { name: {{ . }} }
{{- end }}
{{- end -}}

{{- define "lms.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
{{- if .root.Values.caConfigMap }}
- name: ca
  mountPath: /etc/lms/ca
  readOnly: true
{{- end }}
{{- end -}}

{{/* Startup and liveness probes check only the process: a dependency that is down must not restart pods. */}}
{{- define "lms.probes" -}}
startupProbe:
  httpGet: { path: /livez, port: http }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 45
livenessProbe:
  httpGet: { path: /livez, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: { path: /readyz, port: http }
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 2
{{- end -}}

{{/* The preStop hook. Takes values (a component's). The exec mode is for clusters that refuse the native sleep action. */}}
{{- define "lms.preStop" -}}
{{- $seconds := int .values.shutdown.preStopSeconds -}}
{{- if and (gt $seconds 0) (eq .values.shutdown.preStopMode "sleep") -}}
lifecycle:
  preStop:
    sleep: { seconds: {{ $seconds }} }
{{- else if and (gt $seconds 0) (eq .values.shutdown.preStopMode "exec") -}}
lifecycle:
  preStop:
    exec: { command: [node, -e, "setTimeout(() => {}, {{ mul $seconds 1000 }})"] }
{{- end -}}
{{- end -}}
