{{/* The Secret that the chart creates, or requests from the External Secrets operator. Takes root, name, annotations (YAML or ""). */}}
{{- define "lms.secret" -}}
{{- $source := include "lms.secretSource" .root -}}
{{- if eq $source "create" -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "lms.labels" (dict "root" .root "name" "secrets") | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- . | nindent 4 }}
  {{- end }}
type: Opaque
stringData:
  {{- range $name, $value := .root.Values.secrets.values }}
  {{ $name }}: {{ $value | quote }}
  {{- end }}
{{- else if eq $source "external" -}}
{{- $external := .root.Values.secrets.externalSecret -}}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "lms.labels" (dict "root" .root "name" "secrets") | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- . | nindent 4 }}
  {{- end }}
spec:
  refreshInterval: {{ $external.refreshInterval }}
  secretStoreRef: { kind: {{ $external.storeKind }}, name: {{ $external.storeName }} }
  target: { name: {{ .name }}, creationPolicy: Owner, deletionPolicy: Retain }
  dataFrom:
    - extract: { key: {{ $external.remoteKey }} }
{{- end -}}
{{- end -}}
