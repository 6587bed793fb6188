/** Resources of Emissary in the suite's cluster, served beside what the suite makes. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../cluster/cluster.ts';
import { apply, echo, eventually, field, service } from '../cluster/testing/cluster.ts';
import { Requests } from '../kubernetes/requests.ts';
import { NAMESPACE } from './controller.ts';

export const DEFINITIONS: string = fileURLToPath(new URL('../../manifests/legacy', import.meta.url));
export const EXAMPLE: string = fileURLToPath(new URL('../../manifests/examples/legacy/3.x', import.meta.url));

/** Of the example. */
export const HOST = 'shop.example.com';
/** Of requests that it does not redirect. */
export const SECURE: Readonly<Record<string, string>> = { 'x-forwarded-proto': 'https' };

/** Of the made-up Gateway: its name and its class. */
export const PROXIES = 'legacy-dragoman';

/** Backends of the example. */
const BACKENDS = ['cart', 'cart-next'];

/** Installs definitions and the example of 3.x. Resolves once it is served. */
export async function installLegacy(cluster: Cluster): Promise<void> {
  await apply(cluster, ...BACKENDS.flatMap((name) => [echo({ name }), service(name)]));
  await applyExample(cluster);
  const what = 'the legacy example served, with its status';
  await eventually(async () => await legacyProblem(cluster) === undefined ? true : undefined, {
    ms: 90_000,
    what,
  });
}

/** Definitions and the example, without its backends. */
export async function applyExample(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '--kustomize', DEFINITIONS]);
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all']);
  for (const file of ['listener.yaml', 'mappings.yaml']) {
    await cluster.kubectl(['apply', '--server-side', '-f', join(EXAMPLE, file)]);
  }
}

/** What is wrong with the example now; undefined if it is served and its status says so. */
export async function legacyProblem(cluster: Cluster): Promise<string | undefined> {
  const ip = ['get', 'service', PROXIES, `--namespace=${NAMESPACE}`, '--output=jsonpath={.spec.clusterIP}'];
  const address = await cluster.kubectl(ip);
  using requests = new Requests(cluster);
  const { status } = await requests.send({ address, port: 80, host: HOST, path: '/cart/', headers: SECURE });
  if (status !== 200) return `the legacy example answers ${status}`;
  const state = await field(cluster, 'mapping.getambassador.io/cart', '.status.state');
  return state === 'Running' ? undefined : `the state of Mapping cart is ${state}`;
}
