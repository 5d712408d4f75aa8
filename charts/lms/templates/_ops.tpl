{{/* Pod specs of backup and tests. */}}

{{/* Takes root, name, values (repository, tag, command, args, env, secretKeys), secretKeys (always passed), config (YAML of variables), resources, scratchSize, graceSeconds. */}}
{{- define "lms.opsPodSpec" -}}
restartPolicy: Never
serviceAccountName: {{ include "lms.fullname" .root }}-{{ .name }}
{{ include "lms.podSecurity" . }}
terminationGracePeriodSeconds: {{ .graceSeconds }}
containers:
  - name: {{ .name }}
    image: {{ include "lms.opsImage" . }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    {{- with .values.command }}
    command: {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .values.args }}
    args: {{- toYaml . | nindent 6 }}
    {{- end }}
    envFrom:
      - configMapRef: { name: {{ include "lms.fullname" .root }}-{{ .name }} }
    {{- if or .secretKeys .values.secretKeys .values.env }}
    env:
      {{- include "lms.secretEnv" (dict "secretName" (include "lms.secretName" (dict "root" .root "values" dict)) "required" (list) "optional" (concat .secretKeys .values.secretKeys | uniq)) | nindent 6 }}
      {{- range $name, $value := .values.env }}
      - { name: {{ $name }}, value: {{ include "lms.text" $value | quote }} }
      {{- end }}
    {{- end }}
    resources: {{- toYaml .resources | nindent 6 }}
    {{- include "lms.containerSecurity" . | nindent 4 }}
    volumeMounts: {{- include "lms.volumeMounts" . | nindent 6 }}
volumes: {{- include "lms.volumes" . | nindent 2 }}
{{- end -}}
