{{/* Names and labels. Every define takes a dict with `root` (the chart's context) unless it says otherwise. */}}

{{/* Prefix of every object's name: fullnameOverride, or the release's name with -lms unless it already contains that. Takes the chart's context. */}}
{{- define "lms.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains "lms" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-lms" (.Release.Name | trunc 36 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{/* Labels that selectors use; they never change. Takes root, name (auth, … or backup, test), component (api, worker, migrate, …). */}}
{{- define "lms.selectorLabels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- if .component }}
app.kubernetes.io/component: {{ .component }}
{{- end }}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "lms.labels" -}}
{{ include "lms.selectorLabels" . }}
app.kubernetes.io/part-of: lms
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Labels of pods: without the versions of chart and application, which would roll pods that did not change. */}}
{{- define "lms.podLabels" -}}
{{ include "lms.selectorLabels" . }}
app.kubernetes.io/part-of: lms
{{- end -}}

{{/* Annotations that make an object a hook, deleted when the hooks have succeeded. Takes weight, events, policy. */}}
{{- define "lms.hookAnnotations" -}}
helm.sh/hook: {{ .events | default "pre-install,pre-upgrade" }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: {{ .policy | default "before-hook-creation,hook-succeeded" }}
{{- end -}}

{{/* A number as text: Helm reads 1000000 as the float 1e+06. Takes the value. */}}
{{- define "lms.text" -}}
{{- if and (kindIs "float64" .) (regexMatch "e[+]" (toString .)) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}
