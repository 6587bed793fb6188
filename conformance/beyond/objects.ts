/** Short ways to write objects; a stage puts them into its namespace. */

import { echo as echoDeployment, service as echoService } from '../cluster/testing/cluster.ts';
import { gateway as gatewayIn, httpRoute as httpRouteIn, secret as secretIn } from '../kubernetes/objects.ts';
import type { Pair } from '../standalone/certificates.ts';

type Fields = Readonly<Record<string, unknown>>;

export const HTTP: Fields = { name: 'http', port: 80, protocol: 'HTTP' };

export function gateway(name: string, spec: Fields): object {
  return gatewayIn({ name }, spec) as object;
}

export function httpRoute(name: string, spec: Fields): object {
  return httpRouteIn({ name }, spec) as object;
}

export function secret(name: string, pair: Pair): object {
  return secretIn({ name }, pair) as object;
}

/** The suite's echo server with a Service of the same name, port 80. */
export function echo(name: string): readonly object[] {
  return [echoDeployment({ name }), echoService(name)] as object[];
}

/** The same over TLS, port 443, with the key pair of a Secret. */
export function tlsEcho(name: string, certificate: string): readonly object[] {
  const volume = { name: 'certificate', secret: { secretName: certificate } };
  const container = {
    env: [
      { name: 'TLS_SERVER_CERT', value: '/certificate/tls.crt' },
      { name: 'TLS_SERVER_PRIVKEY', value: '/certificate/tls.key' },
    ],
    volumeMounts: [{ name: 'certificate', mountPath: '/certificate' }],
  };
  return [
    echoDeployment({ name, container, pod: { volumes: [volume] } }),
    echoService(name, { ports: [{ port: 443, targetPort: 8443 }] }),
  ] as object[];
}

export function trustBundle(name: string, trust: string): object {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'ClusterTrustBundle',
    metadata: { name },
    spec: { trustBundle: trust },
  };
}

export function object(kind: string, name: string, spec: Fields): object {
  const group = kind.startsWith('X')
    ? 'gateway.networking.x-k8s.io/v1alpha1'
    : 'gateway.networking.k8s.io/v1';
  return { apiVersion: group, kind, metadata: { name }, spec };
}
