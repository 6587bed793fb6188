/** Short ways to write objects, all in namespace `default` unless told. */

type Fields = Readonly<Record<string, unknown>>;

const GATEWAY_API = 'gateway.networking.k8s.io/v1';

interface ObjectName {
  readonly name: string;
  readonly namespace?: string;
}

export function gateway({ name, namespace = 'default' }: ObjectName, spec: Fields): unknown {
  return {
    apiVersion: GATEWAY_API,
    kind: 'Gateway',
    metadata: { name, namespace },
    spec: { gatewayClassName: 'dragoman', ...spec },
  };
}

export function httpRoute({ name, namespace = 'default' }: ObjectName, spec: Fields): unknown {
  return { apiVersion: GATEWAY_API, kind: 'HTTPRoute', metadata: { name, namespace }, spec };
}

export function listenerSet({ name, namespace = 'default' }: ObjectName, spec: Fields): unknown {
  return { apiVersion: GATEWAY_API, kind: 'ListenerSet', metadata: { name, namespace }, spec };
}

export function gatewayParameters(name: string, spec: Fields): unknown {
  return {
    apiVersion: 'dragoman.dev/v1alpha1',
    kind: 'GatewayParameters',
    metadata: { name, namespace: 'default' },
    spec,
  };
}

/** By which a Gateway finds its parameters. */
export function parametersRef(name: string): Fields {
  return { infrastructure: { parametersRef: { group: 'dragoman.dev', kind: 'GatewayParameters', name } } };
}

export function referenceGrant({ name, namespace = 'default' }: ObjectName, spec: Fields): unknown {
  return { apiVersion: GATEWAY_API, kind: 'ReferenceGrant', metadata: { name, namespace }, spec };
}

export function secret(
  { name, namespace = 'default' }: ObjectName,
  { cert, key }: { readonly cert: string; readonly key: string },
): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name, namespace },
    stringData: { 'tls.crt': cert, 'tls.key': key },
  };
}
