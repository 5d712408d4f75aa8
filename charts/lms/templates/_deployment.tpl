{{/* The chart's only Deployment template, for the api and the worker of every service. Takes root and an entry of lms.components. */}}
{{- define "lms.deployment" -}}
{{- $names := dict "root" .root "name" .service "component" .component -}}
{{- $config := dict "root" .root "service" .service "values" .serviceValues "facts" .facts -}}
{{- $v := .values -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "lms.fullname" .root }}-{{ .service }}-{{ .component }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "lms.labels" $names | nindent 4 }}
spec:
  {{- if not (include "lms.scaler" .) }}
  replicas: {{ int $v.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  progressDeadlineSeconds: 300
  minReadySeconds: 5
  strategy:
    type: RollingUpdate
    # Starts a new pod before it stops an old one: a rollout never has fewer pods than requested.
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  selector:
    matchLabels: {{- include "lms.selectorLabels" $names | nindent 6 }}
  template:
    metadata:
      labels:
        {{- with $v.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- include "lms.podLabels" $names | nindent 8 }}
      annotations:
        {{- include "lms.checksums" $config | nindent 8 }}
        {{- with $v.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "lms.fullname" .root }}-{{ .service }}
      {{- include "lms.podSecurity" . | nindent 6 }}
      terminationGracePeriodSeconds: {{ include "lms.gracePeriodSeconds" . }}
      {{- with $v.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      topologySpreadConstraints:
        {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - maxSkew: 1
          topologyKey: {{ $key }}
          whenUnsatisfiable: ScheduleAnyway
          matchLabelKeys: [pod-template-hash]
          labelSelector:
            matchLabels: {{- include "lms.selectorLabels" $names | nindent 14 }}
        {{- end }}
      {{- with $v.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $v.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $v.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .service }}
          image: {{ include "lms.image" (dict "root" .root "service" .service "values" .serviceValues) }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args: [{{ .component }}]
          ports:
            - { name: http, containerPort: 3000, protocol: TCP }
            - { name: metrics, containerPort: 9464, protocol: TCP }
          envFrom:
            - configMapRef: { name: {{ include "lms.fullname" .root }}-{{ .service }} }
          env:
            - { name: SHUTDOWN_TIMEOUT_MS, value: {{ mul (int $v.shutdown.drainSeconds) 1000 | toString | quote }} }
            {{- if has "postgres" .facts.needs }}
            - { name: DATABASE_POOL_SIZE, value: {{ int $v.poolSize | toString | quote }} }
            {{- end }}
            {{- include "lms.secretEnv" (dict "secretName" (include "lms.secretName" (dict "root" .root "values" .serviceValues)) "required" .facts.secrets.required "optional" .facts.secrets.optional) | nindent 12 }}
            {{- range $name, $value := $v.env }}
            - { name: {{ $name }}, value: {{ include "lms.text" $value | quote }} }
            {{- end }}
          {{- include "lms.probes" . | nindent 10 }}
          {{- with include "lms.preStop" . }}
          {{- . | nindent 10 }}
          {{- end }}
          resources: {{- toYaml $v.resources | nindent 12 }}
          {{- include "lms.containerSecurity" . | nindent 10 }}
          volumeMounts: {{- include "lms.volumeMounts" . | nindent 12 }}
      volumes: {{- include "lms.volumes" . | nindent 8 }}
{{- end -}}
