/** Short manifests for tests; `{port:…}` and `{echo:…}` are filled in by `Standalone`. */

/** GatewayClass `dragoman` and Gateway `default/web`, by default with one HTTP listener on `{port:http}`. */
export function gateway(listeners = '[{ name: http, port: {port:http}, protocol: HTTP }]'): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: dragoman }
spec: { controllerName: dragoman.dev/gateway-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec: { gatewayClassName: dragoman, listeners: ${oneLine(listeners)} }
`;
}

/** A Service with port 80 whose endpoint is the echo backend of the same name. */
export function service(name: string, port = '{ port: 80 }'): string {
  return `
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, annotations: { dragoman.dev/endpoints: "127.0.0.1:{echo:${name}}" } }
spec: { ports: [${port}] }
`;
}

/** A Service with port 80 at a port of this machine, such as `{port:down}`. */
export function serviceAt(name: string, port: number | string): string {
  return service(name).replace(`{echo:${name}}`, String(port));
}

/** An HTTPRoute of Gateway `web`; `rules` and the rest of the spec are flow YAML. */
export function httpRoute(name: string, spec: { readonly rules: string; readonly more?: string }): string {
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec:
  parentRefs: [{ name: web }]
  ${spec.more ?? ''}
  rules: ${oneLine(spec.rules)}
`;
}

/** A TLSRoute, TCPRoute or UDPRoute of Gateway `web`; `backends` and the rest of the spec are flow YAML. */
export function l4Route(
  kind: 'TLSRoute' | 'TCPRoute' | 'UDPRoute',
  name: string,
  spec: { readonly backends: string; readonly listener?: string; readonly more?: string },
): string {
  const section = spec.listener === undefined ? '' : `, sectionName: ${spec.listener}`;
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: { name: ${name} }
spec:
  parentRefs: [{ name: web${section} }]
  ${spec.more ?? ''}
  rules: [{ backendRefs: ${oneLine(spec.backends)} }]
`;
}

/** YAML wants each line of a flow collection indented. */
function oneLine(flow: string): string {
  return flow.replaceAll('\n', ' ');
}
