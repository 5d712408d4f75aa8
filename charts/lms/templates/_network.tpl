{{/* Parts of NetworkPolicies. */}}

{{/* Egress rules for DNS and a list of needs. Takes root, needs (postgres, redis, kafka, objectStore, smtp, ai, https, otlp) and, if a service overrides it, config. */}}
{{- define "lms.egress" -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- $config := .config | default .root.Values.config -}}
- to: {{- toYaml $policy.dns | nindent 4 }}
  ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
{{- range $need := .needs }}
{{- if and (hasKey $policy $need) (include "lms.isNeeded" (dict "config" $config "need" $need)) }}
{{- $rule := index $policy $need }}
{{- $ports := $rule.ports | default (include "lms.portsOf" (dict "config" $config "need" $need) | fromJsonArray) }}
- to:
    {{- if $rule.to }}
    {{- toYaml $rule.to | nindent 4 }}
    {{- else if has $need (list "objectStore" "ai" "https") }}
    {{- include "lms.publicAddresses" $ | nindent 4 }}
    {{- else }}
    - ipBlock: { cidr: 0.0.0.0/0 }
    - ipBlock: { cidr: "::/0" }
    {{- end }}
  ports:
    {{- range $ports }}
    - { port: {{ int . }}, protocol: TCP }
    {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Not empty if the configuration uses the server. Takes config, need. */}}
{{- define "lms.isNeeded" -}}
{{- if eq .need "ai" -}}
{{- if ne (.config.AI_PROVIDER | default "auto") "local" -}}yes{{- end -}}
{{- else if eq .need "otlp" -}}
{{- if .config.OTEL_EXPORTER_OTLP_ENDPOINT -}}yes{{- end -}}
{{- else -}}yes
{{- end -}}
{{- end -}}

{{/* Ports of a server that the configuration names, as a JSON array. Takes config, need. */}}
{{- define "lms.portsOf" -}}
{{- $ports := list -}}
{{- if eq .need "kafka" -}}
{{- range splitList "," (.config.KAFKA_BROKERS | default "kafka:9092") -}}
{{- $ports = append $ports (splitList ":" . | last | int) -}}
{{- end -}}
{{- else if eq .need "objectStore" -}}
{{- $ports = append $ports (include "lms.portOfUrl" (.config.R2_ENDPOINT | default "https://r2") | int) -}}
{{- else if eq .need "ai" -}}
{{- $ports = append $ports (include "lms.portOfUrl" (.config.OPENAI_BASE_URL | default "https://ai") | int) -}}
{{- else if eq .need "otlp" -}}
{{- $ports = append $ports (include "lms.portOfUrl" .config.OTEL_EXPORTER_OTLP_ENDPOINT | int) -}}
{{- end -}}
{{- toJson (uniq $ports) -}}
{{- end -}}

{{/* Port of a URL. Takes the URL. */}}
{{- define "lms.portOfUrl" -}}
{{- $url := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $port | default (ternary "80" "443" (eq $url.scheme "http")) -}}
{{- end -}}

{{/* Every address except private networks, loopback and the cloud's metadata address. */}}
{{- define "lms.publicAddresses" -}}
- ipBlock:
    cidr: 0.0.0.0/0
    except: [10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]
- ipBlock:
    cidr: "::/0"
    except: ["::1/128", "fc00::/7", "fe80::/10"]
{{- end -}}

{{/* The pods of one service, as peers. Takes root, service, component. */}}
{{- define "lms.podsOf" -}}
- podSelector:
    matchLabels: {{- include "lms.selectorLabels" (dict "root" .root "name" .service "component" .component) | nindent 6 }}
{{- end -}}
