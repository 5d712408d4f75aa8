{{/*
  Combinations that the schema cannot refuse, each as a line that names the fix. They are collected, so that one
  run reports all of them. Takes the chart's context.
*/}}
{{- define "lms.problems" -}}
{{- $values := .Values -}}
{{- $components := (include "lms.components" . | fromYaml).components -}}
{{- $known := fromYaml (.Files.Get "files/services.yaml") -}}
{{- if not $values.image.owner }}
image.owner is empty: set it to the owner of your images in {{ $values.image.registry }}, so that they are found at {{ $values.image.registry }}/<owner>/{{ $values.image.prefix }}auth.
{{- end }}
{{- include "lms.problems.access" . }}
{{- include "lms.problems.secrets" . }}
{{- include "lms.problems.config" (dict "root" . "known" $known) }}
{{- range $components }}
{{- include "lms.problems.component" (merge (dict "root" $) .) }}
{{- end }}
{{- include "lms.problems.workers" (dict "root" . "components" $components) }}
{{- include "lms.problems.connections" (dict "root" . "components" $components) }}
{{- include "lms.problems.monitoring" . }}
{{- if and $values.backup.enabled (not $values.backup.env.BACKUP_RECIPIENTS) }}
backup.env.BACKUP_RECIPIENTS is missing, and without it nobody could open the backups: set it to the public age keys that they are encrypted for (age1…, from `backup keygen`), or set backup.enabled to false.
{{- end }}
{{- end -}}

{{- define "lms.problems.config" -}}
{{- $root := .root }}
{{- $known := .known }}
{{- $missing := dict }}
{{- range $service := (include "lms.serviceNames" $root | fromYaml).names }}
{{- $own := (include "lms.service" (dict "root" $root "service" $service) | fromYaml).config | default dict }}
{{- $read := (index $known $service).config }}
{{- range $read.required }}
{{- if not (or (hasKey $own .) (hasKey $root.Values.config .)) }}
{{- $_ := set $missing . (append (index $missing . | default list) $service) }}
{{- end }}
{{- end }}
{{- range $name, $_ := $own }}
{{- if not (has $name (concat $read.required $read.optional)) }}
services.{{ $service }}.config.{{ $name }} is not read by {{ $service }}: remove it, or set it in the config of the service that reads it.
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $services := $missing }}
config.{{ $name }} is missing, and without it these services do not start: {{ join ", " $services }}. Set it; charts/lms/README.md describes it.
{{- end }}
{{- end -}}

{{- define "lms.problems.access" -}}
{{- $values := .Values }}
{{- if and $values.ingress.enabled (not $values.ingress.host) }}
ingress.host is empty: set it to the host name of the API, or set ingress.enabled to false and use the gateway.
{{- end }}
{{- if and $values.gateway.enabled (not $values.gateway.hostnames) }}
gateway.hostnames is empty: name the hosts of the API, or set gateway.enabled to false.
{{- end }}
{{- if and $values.gateway.enabled (not $values.gateway.parentRefs) }}
gateway.parentRefs is empty: name the Gateway that the routes attach to, as in [{name: public, namespace: gateways}].
{{- end }}
{{- if and $values.ingress.enabled $values.gateway.enabled }}
ingress.enabled and gateway.enabled are both true, so one host name would have two owners: set one of them to false.
{{- end }}
{{- if and $values.networkPolicy.enabled (or $values.ingress.enabled $values.gateway.enabled) (not $values.networkPolicy.ingressController) }}
networkPolicy.ingressController is empty, so nothing from outside reaches the pods: name the namespace and pods of your ingress controller.
{{- end }}
{{- end -}}

{{- define "lms.problems.secrets" -}}
{{- $secrets := .Values.secrets }}
{{- $sources := list }}
{{- if $secrets.existingSecret }}{{ $sources = append $sources "secrets.existingSecret" }}{{ end }}
{{- if $secrets.externalSecret.enabled }}{{ $sources = append $sources "secrets.externalSecret.enabled" }}{{ end }}
{{- if $secrets.create }}{{ $sources = append $sources "secrets.create" }}{{ end }}
{{- if not $sources }}
No source of secrets is configured: set secrets.existingSecret to the name of a Secret, or secrets.externalSecret.enabled, or (for a trial) secrets.create with secrets.values.
{{- else if gt (len $sources) 1 }}
{{ join " and " $sources }} are set at the same time: keep one source of secrets.
{{- end }}
{{- if and $secrets.values (not $secrets.create) }}
secrets.values has entries that nothing reads: set secrets.create to true, or remove the entries.
{{- end }}
{{- if and $secrets.externalSecret.enabled (not (and $secrets.externalSecret.storeName $secrets.externalSecret.remoteKey)) }}
secrets.externalSecret needs storeName (the store) and remoteKey (the entry in it): set both.
{{- end }}
{{- if $secrets.create }}
{{- $known := fromYaml (.Files.Get "files/services.yaml") }}
{{- $missing := dict }}
{{- range $service := (include "lms.serviceNames" . | fromYaml).names }}
{{- if not (include "lms.service" (dict "root" $ "service" $service) | fromYaml).existingSecret }}
{{- range (index $known $service).secrets.required }}
{{- if not (index $secrets.values .) }}
{{- $_ := set $missing . (append (index $missing . | default list) $service) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $services := $missing }}
secrets.values.{{ $name }} is missing, and without it these services do not start: {{ join ", " $services }}. Set it.
{{- end }}
{{- end }}
{{- end -}}

{{- define "lms.problems.component" -}}
{{- $path := printf "services.%s.%s" .service .component }}
{{- $v := .values }}
{{- $needed := include "lms.shutdownSeconds" . | int }}
{{- $grace := include "lms.gracePeriodSeconds" . | int }}
{{- if lt $grace (add1 $needed | int) }}
{{ $path }}.shutdown: the grace period of {{ $grace }} s is not longer than preStop, drain and close together ({{ $needed }} s), so pods would be killed with requests in flight: set gracePeriodSeconds to 0 or to {{ add $needed 5 }}.
{{- end }}
{{- if and (gt (int $v.shutdown.preStopSeconds) 0) (eq $v.shutdown.preStopMode "none") }}
{{ $path }}.shutdown.preStopSeconds is {{ int $v.shutdown.preStopSeconds }}, but preStopMode is none: set preStopMode to sleep or exec, or preStopSeconds to 0.
{{- end }}
{{- if and (eq .component "api") (or (eq $v.shutdown.preStopMode "none") (lt (int $v.shutdown.preStopSeconds) 3)) }}
{{ $path }}.shutdown: without at least 3 s of preStop, pods receive requests after they have stopped listening: set preStopSeconds to 10 and preStopMode to sleep or exec.
{{- end }}
{{- $scaler := include "lms.scaler" . }}
{{- if and $scaler (gt (int $v.autoscaling.minReplicas) (int $v.autoscaling.maxReplicas)) }}
{{ $path }}.autoscaling: minReplicas ({{ int $v.autoscaling.minReplicas }}) is above maxReplicas ({{ int $v.autoscaling.maxReplicas }}): raise maxReplicas or lower minReplicas.
{{- end }}
{{- if and (eq $scaler "hpa") (not (dig "requests" "cpu" "" $v.resources)) }}
{{ $path }}.autoscaling scales by CPU in percent of the request, but resources.requests.cpu is not set: set it, or set autoscaling.enabled to false.
{{- end }}
{{- if and (eq $scaler "hpa") (int $v.autoscaling.memoryPercent) (not (dig "requests" "memory" "" $v.resources)) }}
{{ $path }}.autoscaling scales by memory in percent of the request, but resources.requests.memory is not set: set it, or set memoryPercent to 0.
{{- end }}
{{- if eq $scaler "keda" }}
{{- $given := mergeOverwrite (deepCopy .root.Values.config) (deepCopy (.serviceValues.config | default dict)) }}
{{- $partitions := index $given "KAFKA_PARTITIONS" | default 24 | int }}
{{- if gt (int $v.autoscaling.maxReplicas) $partitions }}
{{ $path }}.autoscaling.maxReplicas is {{ int $v.autoscaling.maxReplicas }}, but topics have {{ $partitions }} partitions, so the extra consumers would receive nothing: lower it to {{ $partitions }}, or raise the topics (`events partitions --to` of the operations image) and config.KAFKA_PARTITIONS.
{{- end }}
{{- end }}
{{- end -}}

{{/* Only workers publish events: without one, what users do in an API would stay in its outbox. */}}
{{- define "lms.problems.workers" -}}
{{- $root := .root }}
{{- $publishing := list }}
{{- range .components }}
{{- if and (eq .component "worker") (gt (include "lms.maxReplicas" (merge (dict "root" $root) .) | int) 0) }}
{{- $publishing = append $publishing .service }}
{{- end }}
{{- end }}
{{- range .components }}
{{- if and (eq .component "api") (has "postgres" .facts.needs) (not (has .service $publishing)) }}
services.{{ .service }}.worker has no pods, so nobody would publish the events of the API or run its jobs: set enabled to true and replicas to at least 1, or set services.{{ .service }}.api.enabled to false.
{{- end }}
{{- end }}
{{- end -}}

{{/* During a rollout each Deployment has one more pod. Through a pooler, only what the pods open beside it counts. */}}
{{- define "lms.problems.connections" -}}
{{- $root := .root }}
{{- $postgres := $root.Values.postgres }}
{{- $pooler := int $postgres.poolerConnections }}
{{- $sum := $pooler }}
{{- range .components }}
{{- if has "postgres" .facts.needs }}
{{- $pods := add1 (include "lms.maxReplicas" (merge (dict "root" $root) .) | int) }}
{{- $direct := int .values.sidePoolSize }}
{{- if and $pooler (eq .component "worker") }}{{ $direct = add1 $direct }}{{ end }}
{{- $sum = add $sum (mul $pods (add (ternary 0 (int .values.poolSize) (gt $pooler 0)) $direct)) }}
{{- end }}
{{- end }}
{{- $secrets := $root.Values.secrets }}
{{- if and $secrets.create $pooler (not (index $secrets.values "DATABASE_DIRECT_URL")) }}
postgres.poolerConnections is {{ $pooler }}, but secrets.values.DATABASE_DIRECT_URL is missing: name the server behind the pooler in it.
{{- end }}
{{- if and $secrets.create (not $pooler) (index $secrets.values "DATABASE_DIRECT_URL") }}
secrets.values.DATABASE_DIRECT_URL is set, so DATABASE_URL leads to a pooler, but postgres.poolerConnections is 0: set it to the number of connections that the pooler may open to the server.
{{- end }}
{{- $free := sub (int $postgres.maxConnections) (int $postgres.reservedConnections) }}
{{- if gt (int $sum) (int $free) }}
All pods at their maximum (and one more of each during a rollout) may open {{ $sum }} connections to PostgreSQL{{ if $pooler }} (those of the pooler included){{ end }}, but postgres.maxConnections - postgres.reservedConnections is {{ $free }}: lower maxReplicas or {{ ternary "poolerConnections" "poolSize" (gt $pooler 0) }}, or raise max_connections of the server and postgres.maxConnections to at least {{ add $sum (int $postgres.reservedConnections) }}.
{{- end }}
{{- end -}}

{{- define "lms.problems.monitoring" -}}
{{- $monitoring := .Values.monitoring }}
{{- if and $monitoring.podMonitor.enabled $monitoring.serviceMonitor.enabled }}
monitoring.podMonitor.enabled and monitoring.serviceMonitor.enabled are both true, so every series would be scraped twice: set one of them to false.
{{- end }}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.prometheus) (or $monitoring.podMonitor.enabled $monitoring.serviceMonitor.enabled) }}
networkPolicy.prometheus is empty, so nothing can scrape the pods: name the namespace and pods of Prometheus.
{{- end }}
{{- end -}}
