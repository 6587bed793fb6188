import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Root } from '../lib/pki/authority.ts';
import { newLeaf, newRoot } from '../lib/pki/issue.ts';
import { type Credentials, type Identity, LIFETIMES } from '../lib/pki/mod.ts';
import { kubernetesBootstrap } from '../lib/proxy/bootstrap-kubernetes.ts';
import { type Pod, type SecretData, startPod } from '../lib/proxy/testing/pod.ts';
import { createXdsServer, type StreamEvent } from '../lib/xds/mod.ts';
import { listener, routeConfig, virtualHost } from '../lib/xds/testing/resources.ts';
import { createSource } from '../lib/xds/testing/source.ts';
import { until } from '../lib/testing/until.ts';
import { XdsAccess } from './run-access.ts';

const FLEET = 'shop/web';
const drain = { token: 'token', minMs: 5_000, maxMs: 60_000 };

const root = await newRoot({ now: Date.now(), lifetimes: LIFETIMES });
const successor = await newRoot({ now: Date.now(), lifetimes: LIFETIMES });

async function credentialsOf(identity: Identity, by: Root, trusted: readonly Root[]): Promise<Credentials> {
  const { certificate, key } = await newLeaf(by, { identity, now: Date.now(), lifetimes: LIFETIMES });
  return { certificate, key, trust: trusted.map(({ certificate }) => certificate).join('') };
}

const server = (by: Root, trusted: readonly Root[] = [by]) =>
  credentialsOf({ controllerIn: 'dragoman-system' }, by, trusted);

async function secret(by: Root, trusted: readonly Root[] = [by]): Promise<SecretData> {
  const { certificate, key, trust } = await credentialsOf({ gateway: FLEET }, by, trusted);
  return { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': trust };
}

interface Setup {
  readonly pod: Pod;
  readonly events: readonly StreamEvent[];
  readonly replace: (credentials: Credentials) => void;
  /** Gives the proxy another answer, and waits until it is served. */
  readonly serve: (body: string) => Promise<void>;
}

async function setUp(t: TestContext, connectionAgeMs: number): Promise<Setup> {
  const access = new XdsAccess({ credentials: await server(root) });
  const source = createSource();
  const events: StreamEvent[] = [];
  const xds = createXdsServer({
    ...source,
    credentials: access.credentials,
    connectionAgeMs,
    authorize: (peer) => access.fleetOf(peer),
    onStream: (event) => events.push(event),
  });
  const set = [
    listener('web', { port: 0, routeConfig: 'web' }),
    routeConfig('web'),
    virtualHost('web/*', [{ status: 200, body: 'first' }]),
  ];
  xds.apply(source.update({ fleet: FLEET, set }));
  const port = await xds.start();
  t.after(() => xds.stop());
  xds.ready();
  const name = 'dragoman-xds.dragoman-system.svc';
  const pod = await startPod({
    secret: await secret(root),
    bootstrap: (parts) =>
      kubernetesBootstrap({ fleet: FLEET, xds: { host: '127.0.0.1', port, name }, drain, ...parts }),
  });
  t.after(() => pod[Symbol.asyncDispose]());
  const serves = async (body: string): Promise<boolean> => {
    const response = await fetch(`http://127.0.0.1:${await pod.portOf('web')}/`);
    return await response.text() === body;
  };
  await until(async () => (await pod.admin('/ready')).status === 200, 'the proxy is live');
  await until(() => serves('first'), 'the first answer');
  return {
    pod,
    events,
    replace: (credentials) => {
      if (access.replace(credentials)) xds.disconnect();
    },
    serve: async (body) => {
      xds.apply(source.update({ fleet: FLEET, set: [virtualHost('web/*', [{ status: 200, body }])] }));
      await until(() => serves(body), `the answer ${body}`);
    },
  };
}

test('a proxy goes on with its stream while its connection ages and authorities follow each other', async (t) => {
  const { pod, events, replace, serve } = await setUp(t, 200);
  await sleep(500);
  await serve('after a while');
  pod.replaceSecret(await secret(root, [root, successor]));
  replace(await server(root, [root, successor]));
  await serve('with both trusted');
  pod.replaceSecret(await secret(successor, [root, successor]));
  replace(await server(successor, [successor, root]));
  await serve('signed by the next');
  pod.replaceSecret(await secret(successor));
  replace(await server(successor));
  await serve('and trusting it alone');
  assert.deepEqual(events.map(({ event }) => event), ['opened']);
});

test('a proxy comes back by itself when the authority was replaced at once', async (t) => {
  const { pod, events, replace, serve } = await setUp(t, 60_000);
  replace(await server(successor));
  await until(() => events.at(-1)?.event === 'closed', 'its stream ends');
  pod.replaceSecret(await secret(successor));
  await until(() => events.at(-1)?.event === 'opened', 'it comes back');
  await serve('again');
  assert.deepEqual(events.map(({ event }) => event), ['opened', 'closed', 'opened']);
});
