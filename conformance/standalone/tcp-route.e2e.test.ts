import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, shares, whoAnswers } from './conversation.ts';
import { assertShare } from './expect.ts';
import { gateway, l4Route, service } from './manifests.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';

const LISTENERS =
  '[{ name: tcp, port: {port:tcp}, protocol: TCP }, { name: other, port: {port:other}, protocol: TCP }]';

function tcpRoute(name: string, backends: string, listener = 'tcp'): string {
  return l4Route('TCPRoute', name, { backends, listener });
}

function parentOf(dragoman: Standalone, route: string): unknown {
  return (dragoman.status(`TCPRoute/default/${route}`) as { parents: readonly unknown[] }).parents[0];
}

test('connections outlive every edit of their route, and new ones follow it', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(LISTENERS),
      'services.yaml': service('a') + service('b'),
      'route.yaml': tcpRoute('r', '[{ name: a, port: 80 }]'),
    },
  });
  const port = dragoman.port('tcp');

  using first = await Conversation.begin(port);
  assert.equal(await first.ask(), 'a');
  await dragoman.write('route.yaml', tcpRoute('r', '[{ name: b, port: 80 }]'));
  await eventually(async () => assert.equal(await whoAnswers(port), 'b'));
  using second = await Conversation.begin(port);
  assert.equal(await second.ask(), 'b');
  assert.equal(await first.ask(), 'a');

  dragoman.remove('route.yaml');
  await eventually(async () => assert.equal(await whoAnswers(port), 'closed'));
  // Long enough that the clusters would be gone, were they not used.
  assert.equal(await second.ask(), 'b');
  assert.equal(await first.ask(), 'a');
});

test('no connection fails while a route goes to and fro between backends', { timeout: 60_000 }, async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(LISTENERS),
      'services.yaml': service('a') + service('b'),
      'route.yaml': tcpRoute('r', '[{ name: a, port: 80 }]'),
    },
  });
  const port = dragoman.port('tcp');
  const edits = new AbortController();
  const answers = (async () => {
    const seen: Record<string, number> = {};
    while (!edits.signal.aborted) {
      const name = await whoAnswers(port);
      seen[name] = (seen[name] ?? 0) + 1;
    }
    return seen;
  })();
  for (let edit = 0; edit < 10; edit++) {
    const name = edit % 2 === 0 ? 'b' : 'a';
    await dragoman.write('route.yaml', tcpRoute('r', `[{ name: ${name}, port: 80 }]`));
    await eventually(async () => assert.equal(await whoAnswers(port), name));
  }
  edits.abort();
  assert.deepEqual(Object.keys(await answers).sort(), ['a', 'b']);
});

test(
  'weights divide connections, and the share of an invalid backend is closed',
  { timeout: 60_000 },
  async () => {
    const backends = `[
    { name: a, port: 80, weight: 50 }, { name: b, port: 80, weight: 30 }, { name: c, port: 80, weight: 0 },
    { name: gone, port: 80, weight: 20 }]`;
    await using dragoman = await Standalone.start({
      files: {
        'gateway.yaml': gateway(LISTENERS),
        'services.yaml': service('a') + service('b') + service('c'),
        'route.yaml': tcpRoute('r', backends) +
          tcpRoute('none', '[{ name: a, port: 80, weight: 0 }]', 'other'),
      },
    });
    const answers = await shares(500, () => whoAnswers(dragoman.port('tcp')));
    assert.deepEqual(Object.keys(answers).sort(), ['a', 'b', 'closed']);
    for (const [name, share] of [['a', 0.5], ['b', 0.3], ['closed', 0.2]] as const) {
      assertShare(answers[name], { of: 500, share, what: name });
    }
    assert.equal(await whoAnswers(dragoman.port('other')), 'closed');
    assert.equal(conditionOf(parentOf(dragoman, 'r'), 'ResolvedRefs')?.reason, 'BackendNotFound');
  },
);

test('of two routes on one listener the first has its connections, and both are attached', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(LISTENERS),
      'services.yaml': service('a') + service('b'),
      'routes.yaml': tcpRoute('x', '[{ name: a, port: 80 }]') + tcpRoute('y', '[{ name: b, port: 80 }]'),
    },
  });
  assert.deepEqual(await shares(20, () => whoAnswers(dragoman.port('tcp'))), { a: 20 });
  for (const name of ['x', 'y']) {
    assert.equal(conditionOf(parentOf(dragoman, name), 'Accepted')?.status, 'True');
  }
  const { listeners } = dragoman.status('Gateway/default/web') as {
    listeners: readonly { name: string; attachedRoutes: number }[];
  };
  assert.deepEqual(listeners.map(({ attachedRoutes }) => attachedRoutes), [2, 0]);
  const told = dragoman.running.dataflow.diagnostics.get('TCPRoute/default/y')?.diagnostics ?? [];
  assert.deepEqual(told.map(({ code, severity }) => [code, severity]), [['Superseded', 'warning']]);
});
