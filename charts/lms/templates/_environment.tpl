{{/* Variables of the containers: public ones from a ConfigMap per service, secrets key by key, computed ones inline. */}}

{{/* The data of a service's ConfigMap. Takes root, service, values, facts. */}}
{{- define "lms.configData" -}}
{{- $given := mergeOverwrite (deepCopy .root.Values.config) (deepCopy (.values.config | default dict)) -}}
{{- $data := dict "NODE_ENV" .root.Values.environment "PORT" "3000" "METRICS_PORT" "9464" -}}
{{- range $name := concat .facts.config.required .facts.config.optional -}}
{{- if hasKey $given $name -}}
{{- $_ := set $data $name (include "lms.text" (index $given $name)) -}}
{{- end -}}
{{- end -}}
{{- if has "jwks" .facts.needs -}}
{{- $_ := set $data "AUTH_JWKS_URL" (printf "http://%s-auth:3000/api/v1/.well-known/jwks.json" (include "lms.fullname" .root)) -}}
{{- end -}}
{{- if has "targets" .facts.needs -}}
{{- $targets := list -}}
{{- range $other := without (include "lms.serviceNames" .root | fromYaml).names .service -}}
{{- $targets = append $targets (printf "%s=http://%s-%s:9464" $other (include "lms.fullname" $.root) $other) -}}
{{- end -}}
{{- $_ := set $data "STATUS_TARGETS" (join "," $targets) -}}
{{- end -}}
{{- if .root.Values.caConfigMap -}}
{{- $_ := set $data "NODE_EXTRA_CA_CERTS" "/etc/lms/ca/ca.crt" -}}
{{- end -}}
{{- range $name, $value := $data }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* The data of an ops pod's ConfigMap: every service's variables together. Takes root. */}}
{{- define "lms.allConfigData" -}}
{{- $data := dict -}}
{{- range $service := (include "lms.serviceNames" .root | fromYaml).names -}}
{{- $values := include "lms.service" (dict "root" $.root "service" $service) | fromYaml -}}
{{- $facts := include "lms.facts" (dict "root" $.root "service" $service) | fromYaml -}}
{{- $own := include "lms.configData" (dict "root" $.root "service" $service "values" $values "facts" $facts) | fromYaml -}}
{{- $data = mergeOverwrite $data $own -}}
{{- end -}}
{{- toYaml $data -}}
{{- end -}}

{{/* Name of the Secret that a service reads. Takes root, values. */}}
{{- define "lms.secretName" -}}
{{- .values.existingSecret | default .root.Values.secrets.existingSecret | default (printf "%s-secrets" (include "lms.fullname" .root)) -}}
{{- end -}}

{{/* "existing", "external", "create" or "": where the common Secret comes from. Takes the chart's context. */}}
{{- define "lms.secretSource" -}}
{{- if .Values.secrets.existingSecret -}}existing
{{- else if .Values.secrets.externalSecret.enabled -}}external
{{- else if .Values.secrets.create -}}create
{{- end -}}
{{- end -}}

{{/* Secret variables as env entries, each named explicitly, so that a pod receives no others. Takes secretName, required, optional (names). */}}
{{- define "lms.secretEnv" -}}
{{- range .required }}
- name: {{ . }}
  valueFrom: { secretKeyRef: { name: {{ $.secretName }}, key: {{ . }} } }
{{- end }}
{{- range .optional }}
- name: {{ . }}
  valueFrom: { secretKeyRef: { name: {{ $.secretName }}, key: {{ . }}, optional: true } }
{{- end }}
{{- end -}}

{{/* Annotations that change whenever the configuration that pods read at start changes. Takes root, service, values, facts. */}}
{{- define "lms.checksums" -}}
checksum/config: {{ include "lms.configData" . | sha256sum }}
{{- if eq (include "lms.secretSource" .root) "create" }}
checksum/secret: {{ toJson .root.Values.secrets.values | sha256sum }}
{{- end }}
{{- with .root.Values.secrets.revision }}
lms/secret-revision: {{ . | quote }}
{{- end }}
{{- end -}}
