{{/* Every service has the same values: defaults, overridden by services.<name>. */}}

{{/* Values of a service as YAML. Takes root, service. */}}
{{- define "lms.service" -}}
{{- $own := index .root.Values.services .service | default dict -}}
{{- toYaml (mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy $own)) -}}
{{- end -}}

{{/* Facts about a service from its source: needs, config, secrets. Takes root, service. */}}
{{- define "lms.facts" -}}
{{- toYaml (index (fromYaml (.root.Files.Get "files/services.yaml")) .service) -}}
{{- end -}}

{{/* Names of the services, in a fixed order, as a YAML list under `names`. Takes the chart's context. */}}
{{- define "lms.serviceNames" -}}
names: {{ keys .Values.services | sortAlpha | toJson }}
{{- end -}}

{{/* Every Deployment as a list under `components`: service, component, values, facts. Takes the chart's context. */}}
{{- define "lms.components" -}}
{{- $list := list -}}
{{- range $service := (include "lms.serviceNames" . | fromYaml).names -}}
{{- $values := include "lms.service" (dict "root" $ "service" $service) | fromYaml -}}
{{- $facts := include "lms.facts" (dict "root" $ "service" $service) | fromYaml -}}
{{- range $component := list "api" "worker" -}}
{{- $own := index $values $component -}}
{{- if $own.enabled -}}
{{- $list = append $list (dict "service" $service "component" $component "values" $own "serviceValues" $values "facts" $facts) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml (dict "components" $list) -}}
{{- end -}}

{{/* Image of a service. Takes root, service, values (the service's). */}}
{{- define "lms.image" -}}
{{- $image := .values.image -}}
{{- $common := .root.Values.image -}}
{{- $repository := $image.repository | default (printf "%s/%s/%s%s" $common.registry $common.owner $common.prefix .service) -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository ($image.tag | default $common.tag | default .root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* Image of an ops pod (backup, tests). Takes root, values. */}}
{{- define "lms.opsImage" -}}
{{- $common := .root.Values.image -}}
{{- $repository := .values.repository | default (printf "%s/%s/%sops" $common.registry $common.owner $common.prefix) -}}
{{- printf "%s:%s" $repository (.values.tag | default $common.tag | default .root.Chart.AppVersion) -}}
{{- end -}}

{{/* Seconds from the start of termination to SIGKILL. Takes values (a component's). */}}
{{- define "lms.gracePeriodSeconds" -}}
{{- $shutdown := .values.shutdown -}}
{{- if int $shutdown.gracePeriodSeconds -}}
{{- int $shutdown.gracePeriodSeconds -}}
{{- else -}}
{{- add (include "lms.shutdownSeconds" . | int) 5 -}}
{{- end -}}
{{- end -}}

{{/* The longest time that a pod takes to stop, in seconds. Takes values. */}}
{{- define "lms.shutdownSeconds" -}}
{{- $shutdown := .values.shutdown -}}
{{- $preStop := ternary 0 (int $shutdown.preStopSeconds) (eq $shutdown.preStopMode "none") -}}
{{- add $preStop (int $shutdown.drainSeconds) (int $shutdown.closeSeconds) -}}
{{- end -}}

{{/* What controls the number of pods: "hpa", "keda" or "" (a fixed number of replicas). Takes root, component, values, facts. */}}
{{- define "lms.scaler" -}}
{{- if and .root.Values.keda.enabled (eq .component "worker") (has "kafka" .facts.needs) -}}keda
{{- else if .values.autoscaling.enabled -}}hpa
{{- end -}}
{{- end -}}

{{/* The maximum number of pods of a component, not counting those of a rollout. Takes the same. */}}
{{- define "lms.maxReplicas" -}}
{{- if include "lms.scaler" . -}}{{ int .values.autoscaling.maxReplicas }}{{- else -}}{{ int .values.replicas }}{{- end -}}
{{- end -}}
