{{/* Arguments for what .Values.legacy says differently from the controller's own defaults, as a JSON list. */}}
{{- define "dragoman.legacyArgs" -}}
{{- $args := list }}
{{- with .Values.legacy }}
{{- if not .enabled }}{{ $args = append $args "--no-legacy" }}{{ end }}
{{- with .gateway }}{{ $args = append $args (printf "--legacy-gateway=%s" .) }}{{ end }}
{{- with (.gatewayClass | default $.Values.gatewayClass.name) }}
{{- if ne . "dragoman" }}{{ $args = append $args (printf "--legacy-gateway-class=%s" .) }}{{ end }}
{{- end }}
{{- $ports := list }}
{{- range $port, $target := .servicePorts }}{{ $ports = append $ports (printf "%s:%d" $port (int $target)) }}{{ end }}
{{- $ports = $ports | sortAlpha | join "," }}
{{- if ne $ports "443:8443,80:8080" }}{{ $args = append $args (printf "--legacy-service-ports=%s" $ports) }}{{ end }}
{{- with .ambassadorId }}{{ $args = append $args (printf "--ambassador-id=%s" .) }}{{ end }}
{{- with .ambassadorNamespace }}{{ $args = append $args (printf "--ambassador-namespace=%s" .) }}{{ end }}
{{- if .singleNamespace }}{{ $args = append $args "--ambassador-single-namespace" }}{{ end }}
{{- with .bindAddress }}{{ $args = append $args (printf "--ambassador-bind-address=%s" .) }}{{ end }}
{{- if .disableEndpoints }}{{ $args = append $args "--ambassador-disable-endpoints" }}{{ end }}
{{- range $name, $value := .variables }}{{ $args = append $args (printf "--legacy-variable=%s=%s" $name $value) }}{{ end }}
{{- if not .strictLabelSelectors }}{{ $args = append $args "--no-strict-label-selectors" }}{{ end }}
{{- end }}
{{- $args | toJson }}
{{- end }}
