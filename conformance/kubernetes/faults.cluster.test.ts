import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { apply, eventually } from '../cluster/testing/cluster.ts';
import { ReadyEndpoints } from './endpoints.ts';
import { gatewayParameters } from './objects.ts';
import { CONTROLLERS, killPods, leader, podsOf, proxiesOf, replaced } from './pods.ts';
import { PARAMETERS, Stage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.set();
});
after(() => stage[Symbol.asyncDispose]());

/** Kills controllers; those that it answers for the name of the leader. */
async function killControllers(chosen: (name: string, leader: string) => boolean): Promise<void> {
  const { cluster } = stage;
  const [pods, leads] = await Promise.all([podsOf(cluster, CONTROLLERS), leader(cluster)]);
  const victims = pods.filter(({ name }) => chosen(name, leads));
  assert.ok(victims.length > 0);
  await killPods(cluster, CONTROLLERS, victims);
}

const limit = { timeout: 120_000 };

test(
  'a replica that follows is killed',
  limit,
  (t) => stage.survives(t, { happens: () => killControllers((name, leader) => name !== leader) }),
);

test(
  'the leader is killed',
  limit,
  (t) => stage.survives(t, { happens: () => killControllers((name, leader) => name === leader) }),
);

test(
  'all replicas are killed',
  limit,
  (t) => stage.survives(t, { happens: () => killControllers(() => true) }),
);

/** Resolves once the API server answers, and knows that etcd does. */
const answers = (): Promise<string> =>
  eventually(() => stage.cluster.kubectl(['get', '--raw', '/readyz', '--request-timeout=2s']), {
    ms: 60_000,
    what: 'an API server that is ready',
  });

test('the API server is killed twice', limit, (t) =>
  stage.survives(t, {
    happens: async () => {
      await stage.cluster.signalPart('kube-apiserver', 'SIGKILL');
      await sleep(4_000);
      await stage.cluster.signalPart('kube-apiserver', 'SIGKILL');
      await answers();
    },
  }));

test('etcd is paused for 30 s', limit, (t) =>
  stage.survives(t, {
    happens: async () => {
      await stage.cluster.signalPart('etcd', 'SIGSTOP');
      await sleep(30_000);
      await stage.cluster.signalPart('etcd', 'SIGCONT');
    },
  }));

test('the leader hangs, and another one takes over', limit, (t) =>
  stage.survives(t, {
    happens: async () => {
      const { cluster } = stage;
      const [pods, leads] = await Promise.all([podsOf(cluster, CONTROLLERS), leader(cluster)]);
      const pid = pods.find(({ name }) => name === leads)?.pid;
      assert.ok(pid !== undefined);
      await cluster.signalProcess(pid, 'SIGSTOP');
      await eventually(async () => await leader(cluster) === leads ? undefined : true, {
        ms: 30_000,
        what: 'another leader',
      });
      await cluster.signalProcess(pid, 'SIGCONT');
    },
  }));

const controller = ['deployment/dragoman', '--namespace=dragoman-system'];

test('the controller is rolled out anew', limit, (t) =>
  stage.survives(t, {
    happens: async () => {
      const { cluster } = stage;
      const before = await podsOf(cluster, CONTROLLERS);
      await cluster.kubectl(['rollout', 'restart', ...controller]);
      await replaced(cluster, CONTROLLERS, before);
    },
  }));

test(
  'all replicas are away, statuses are lost, and the controller starts from nothing',
  limit,
  (t) =>
    stage.survives(t, {
      happens: async () => {
        const { cluster } = stage;
        const scale = (replicas: number) =>
          cluster.kubectl(['scale', ...controller, `--replicas=${replicas}`]);
        await scale(0);
        await eventually(async () => (await podsOf(cluster, CONTROLLERS)).length === 0 ? true : undefined, {
          what: 'no controller',
        });
        await stage.loseStatuses();
        await scale(2);
        await cluster.kubectl(['rollout', 'status', ...controller, '--timeout=60s']);
      },
      losesStatuses: true,
    }),
);

let parameters: Readonly<Record<string, unknown>> = PARAMETERS;

/** Changes how the proxies are run. */
function change(fields: Readonly<Record<string, unknown>>): Promise<void> {
  parameters = { ...parameters, ...fields };
  return apply(stage.cluster, gatewayParameters('proxies', parameters));
}

/** Between an endpoint being withdrawn and kube-proxy having taken it out of its rules. */
const KUBE_PROXY_MS = 500;

test('one of two proxies is killed', limit, async (t) => {
  const { cluster } = stage;
  const [victim, ...others] = await podsOf(cluster, proxiesOf('web'));
  assert.ok(victim);
  assert.equal(others.length, 1);
  using endpoints = new ReadyEndpoints(cluster, 'web-dragoman');
  let killed = 0;
  await stage.survives(t, {
    happens: async () => {
      killed = performance.timeOrigin + performance.now();
      await killPods(cluster, proxiesOf('web'), [victim]);
    },
    excuses: ({ began, problem }) => {
      const withdrawn = endpoints.fewerThan(2) ?? 0;
      return began < withdrawn + KUBE_PROXY_MS && !problem.startsWith('status');
    },
  });
  t.diagnostic(`the endpoint was withdrawn after ${((endpoints.fewerThan(2) ?? 0) - killed).toFixed(0)} ms`);
});

test('the proxies are rolled out anew', limit, (t) =>
  stage.survives(t, {
    happens: async () => {
      const before = await podsOf(stage.cluster, proxiesOf('web'));
      await change({ podAnnotations: { 'example.com/rollout': 'new' } });
      await replaced(stage.cluster, proxiesOf('web'), before);
    },
  }));

test('of three proxies only one is left', limit, async (t) => {
  const { cluster } = stage;
  await change({ replicas: 3 });
  await eventually(async () => {
    const pods = await podsOf(cluster, proxiesOf('web'));
    return pods.length === 3 && pods.every(({ ready }) => ready) ? true : undefined;
  }, { ms: 30_000, what: 'three proxies' });
  await stage.survives(t, {
    happens: async () => {
      await change({ replicas: 1 });
      await eventually(async () => {
        const left = await podsOf(cluster, proxiesOf('web'), { ending: true });
        return left.length === 1 ? true : undefined;
      }, { ms: 60_000, what: 'one proxy' });
    },
  });
});
