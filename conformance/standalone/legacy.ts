/** Short manifests of `getambassador.io` for tests; `{port:…}` and `{echo:…}` are filled in by `Standalone`. */

/** An object of v3alpha1 in the namespace `default`; its spec is flow YAML. */
export function legacy(kind: string, name: string, spec: string, labels = '{}'): string {
  return `
---
apiVersion: getambassador.io/v3alpha1
kind: ${kind}
metadata: { name: ${name}, labels: ${labels} }
spec: ${spec.trim().replaceAll(/\s*\n\s*/g, ' ')}
`;
}

/** A Listener on `{port:NAME}` that has the Hosts of all namespaces, behind one proxy that is trusted. */
export function listener(
  name: string,
  { protocol = 'HTTP', securityModel = 'XFP' }: {
    readonly protocol?: string;
    readonly securityModel?: string;
  } = {},
): string {
  return legacy(
    'Listener',
    name,
    `{ port: {port:${name}}, protocol: ${protocol}, securityModel: ${securityModel}, l7Depth: 1,
       hostBinding: { namespace: { from: ALL } } }`,
  );
}

/** A Host for all hostnames that routes requests in cleartext, too. */
export function everyHost(): string {
  return legacy('Host', 'all', '{ hostname: "*", requestPolicy: { insecure: { action: Route } } }');
}
