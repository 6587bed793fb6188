import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createGraph } from '../lib/graph/mod.ts';
import type { Cluster } from '../lib/model/mod.ts';
import type { ClusterUse, FleetSecretUse, Wait } from './flow.ts';
import { declareFeedback } from './inputs.ts';
import { Retirement } from './run-retired.ts';
import { patienceOf, waitsOf } from './uses.ts';

const cluster: Cluster = {
  key: 'default/auth/80',
  backend: { group: '', kind: 'Service', namespace: 'default', name: 'auth' },
  protocol: 'http1',
  discovery: { type: 'endpoints', service: 'default/auth', port: 80 },
};

function use(key: string, more: Partial<ClusterUse> = {}): ClusterUse {
  return { key, cluster, fleets: ['red', 'blue'], ...more };
}

function wait(stage: string, fleets: readonly string[], patience: number): Wait {
  const [only] = waitsOf({ stage, user: 'x', fleets }, patience);
  if (only === undefined) throw new Error('no wait');
  return only;
}

/** A graph with a Retirement; `commit` tells what is kept, as `key: fleets`. */
function world() {
  const graph = createGraph();
  const feedback = declareFeedback(graph);
  const inputs = {
    clusters: graph.input<ClusterUse>('clusters'),
    secrets: graph.input<FleetSecretUse>('secrets'),
    waits: graph.input<Wait>('newWaits'),
  };
  const waits = graph.merge('waits', [inputs.waits, feedback.retiredWaits]);
  const retirement = new Retirement({
    clusterUses: graph.merge('clusterUses', [inputs.clusters, feedback.retiredClusters]),
    secretUses: graph.merge('secretUses', [inputs.secrets, feedback.retiredSecrets]),
    waits,
    patience: graph.map('patience', graph.index('byFleet', waits, ({ fleets }) => fleets), patienceOf),
    feedback,
  }, () => changed = true);
  let changed = false;
  const commit = (): readonly string[] => {
    do {
      changed = false;
      retirement.changed(graph.commit());
    } while (changed);
    return feedback.retiredClusters.values().map(({ key, fleets }) => `${key}: ${fleets.join(' ')}`);
  };
  return { ...inputs, feedback, commit };
}

function timed(name: string, run: (tick: (ms: number) => void) => void): void {
  test(name, () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      run((ms) => mock.timers.tick(ms));
    } finally {
      mock.timers.reset();
    }
  });
}

timed('what Envoy asks itself is kept until its answers must have come, and no longer', (tick) => {
  const { clusters, commit } = world();
  clusters.set(use('a', { patience: 5_000 }));
  clusters.set(use('b', { patience: 5_000 }));
  assert.deepEqual(commit(), []);
  clusters.delete('a');
  assert.deepEqual(commit(), ['~a: blue red']);
  tick(5_500);
  assert.deepEqual(commit(), ['~a: blue red']);
  clusters.delete('b');
  assert.deepEqual(commit(), ['~a: blue red', '~b: blue red']);
  tick(600);
  assert.deepEqual(commit(), ['~b: blue red']);
  // It is used again, and goes again: its time begins anew.
  clusters.set(use('b', { patience: 5_000 }));
  assert.deepEqual(commit(), []);
  clusters.delete('b');
  assert.deepEqual(commit(), ['~b: blue red']);
  tick(5_900);
  assert.deepEqual(commit(), ['~b: blue red']);
  tick(200);
  assert.deepEqual(commit(), []);
});

timed('what requests will need is kept where they wait, for all that they may wait for', (tick) => {
  const { clusters, waits, feedback, commit } = world();
  clusters.set(use('a'));
  clusters.set(use('b'));
  waits.set(wait('listener', ['red'], 2_000));
  waits.set(wait('route', ['red'], 3_000));
  commit();
  clusters.delete('a');
  assert.deepEqual(commit(), ['~a: red']);
  // Who waited when it ended goes on to wait.
  waits.delete(wait('listener', ['red'], 2_000).key);
  waits.delete(wait('route', ['red'], 3_000).key);
  commit();
  tick(3_000);
  clusters.delete('b');
  assert.deepEqual(commit(), ['~a: red', '~b: red']);
  tick(3_100);
  assert.deepEqual(commit(), ['~b: red']);
  tick(3_000);
  assert.deepEqual(commit(), []);
  assert.equal(feedback.retiredWaits.size, 0);
});

timed('a fleet that a use loses keeps it, and others are as they were', () => {
  const { clusters, waits, commit } = world();
  clusters.set(use('a'));
  waits.set(wait('route', ['red', 'blue'], 1_000));
  commit();
  clusters.set(use('a', { fleets: ['red'] }));
  assert.deepEqual(commit(), ['~a: blue']);
  clusters.delete('a');
  assert.deepEqual(commit(), ['~a: blue red']);
  clusters.set(use('a', { fleets: ['red'] }));
  assert.deepEqual(commit(), ['~a: blue red']);
  clusters.set(use('a'));
  assert.deepEqual(commit(), []);
});

timed('nothing is kept where nobody waits', () => {
  const { clusters, waits, commit } = world();
  clusters.set(use('a', { fleets: ['red'] }));
  waits.set(wait('route', ['blue'], 1_000));
  commit();
  clusters.delete('a');
  assert.deepEqual(commit(), []);
});
