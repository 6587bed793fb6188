import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';

import { kinds } from '../api/mod.ts';
import { KubeApi } from './client.ts';
import type { ResourceType } from './resource.ts';
import { FakeApiServer } from './testing/api-server.ts';
import { eventually } from '../testing/eventually.ts';
import { fastTiming } from './testing/fast-timing.ts';
import { Watches } from './watches.ts';

const followed = ['Service', 'HTTPRoute', 'TCPRoute'] as const;
type Followed = (typeof followed)[number];

type Step =
  /** Steps that no watch can be shown any more. */
  | { readonly do: 'gap'; readonly steps: readonly Step[] }
  | { readonly do: 'put'; readonly kind: Followed; readonly name: string; readonly label: string }
  | { readonly do: 'status'; readonly kind: Followed; readonly name: string; readonly label: string }
  | { readonly do: 'delete'; readonly kind: Followed; readonly name: string }
  | { readonly do: 'serve' | 'unserve'; readonly kind: Followed }
  | { readonly do: 'refuse'; readonly status: number }
  | { readonly do: 'drop' | 'down' | 'up' | 'compact' | 'end' | 'bookmark' | 'wait' | 'pages' };

const name = fc.constantFrom('a', 'b', 'c', 'd');
const label = fc.constantFrom('x', 'y', 'z');
const kind = fc.constantFrom(...followed);

const edit: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), kind, name, label }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('status' as const),
      kind: fc.constantFrom(...followed.slice(1)),
      name,
      label,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), kind, name }) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: edit },
  { weight: 10, arbitrary: fc.constant({ do: 'wait' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('gap' as const), steps: fc.array(edit, { maxLength: 6 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('serve' as const, 'unserve' as const),
      kind: fc.constantFrom(...followed.slice(1)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('refuse' as const),
      status: fc.constantFrom(401, 403, 429, 500, 503),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        ...['drop', 'down', 'up', 'compact', 'end', 'bookmark', 'pages'] as const,
      ),
    }),
  },
);

async function perform(server: FakeApiServer, step: Step): Promise<void> {
  if (step.do === 'put') {
    const metadata = { namespace: 'default', name: step.name, labels: { step: step.label } };
    const { kind } = step;
    const type: ResourceType = kinds[kind];
    const before = server.get(type, metadata);
    server.put(type, {
      apiVersion: type.group === '' ? 'v1' : `${type.group}/v1`,
      kind,
      metadata,
      spec: kind === 'TCPRoute' ? { rules: [{ backendRefs: [{ name: 'a', port: 1 }] }] } : {},
      ...(before?.['status'] === undefined ? {} : { status: before['status'] }),
    });
  } else if (step.do === 'status') {
    const before = server.get(kinds[step.kind], { namespace: 'default', name: step.name });
    if (before !== undefined) server.put(kinds[step.kind], { ...before, status: { said: step.label } });
  } else if (step.do === 'delete') server.delete(kinds[step.kind], { namespace: 'default', name: step.name });
  else if (step.do === 'serve') server.serve(kinds[step.kind]);
  else if (step.do === 'unserve') server.unserve(kinds[step.kind]);
  else if (step.do === 'refuse') server.fault = () => ({ status: step.status });
  else if (step.do === 'gap') {
    await perform(server, { do: 'down' });
    for (const each of step.steps) await perform(server, each);
    server.store.compact();
    await perform(server, { do: 'up' });
  } else if (step.do === 'down') {
    server.fault = () => 'drop';
    server.dropConnections();
  } else if (step.do === 'up') server.fault = () => undefined;
  else if (step.do === 'drop') server.dropConnections();
  else if (step.do === 'compact') server.store.compact();
  else if (step.do === 'end') server.endWatches();
  else if (step.do === 'bookmark') server.bookmark();
  else if (step.do === 'pages') server.streamsLists = !server.streamsLists;
  else await sleep(5);
}

interface Shown {
  readonly label: string | undefined;
  /** Of the kinds that have a status. */
  readonly status?: string;
  readonly resourceVersion?: string | undefined;
}

/** What there is, as the server has it. */
function truth(server: FakeApiServer): Map<string, Shown> {
  const served = followed.filter((kind) => server.serves(kinds[kind]));
  return new Map(
    served.flatMap((kind) =>
      server.list(kinds[kind]).map(({ metadata, status }): [string, Shown] => {
        const { resourceVersion } = metadata;
        const observed = { status: status === undefined ? '' : JSON.stringify(status), resourceVersion };
        return [
          `${kind}/${metadata.namespace}/${metadata.name}`,
          { label: metadata.labels?.['step'], ...(kind === 'Service' ? {} : observed) },
        ];
      })
    ),
  );
}

test('whatever happens to connections, versions and kinds, the updates add up to what is there', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.array(step, { maxLength: 10 }),
      async (steps, before) => {
        const server = await FakeApiServer.start(followed.map((kind) => kinds[kind]));
        for (const each of before) await perform(server, each);
        server.fault = () => undefined;
        const api = new KubeApi({ connection: server.connection, userAgent: 'test' });
        const labels = new Map<string, string | undefined>();
        const sets: Followed[] = [];
        const watches = new Watches({
          api,
          kinds: followed,
          timing: fastTiming,
          onUpdate: ({ changes }) => {
            for (const change of changes) {
              if ('delete' in change) labels.delete(`${change.delete.kind}/${change.delete.key}`);
              else {
                sets.push(change.set.kind as Followed);
                labels.set(`${change.set.kind}/${change.set.key}`, change.set.metadata.labels?.['step']);
              }
            }
          },
        });
        const seen = (): Map<string, Shown> =>
          new Map(Array.from(labels, ([id, label]) => {
            const observed = watches.statuses.get(id);
            const { status = '', resourceVersion } = observed ?? {};
            return [id, { label, ...(observed === undefined ? {} : { status, resourceVersion }) }];
          }));
        try {
          void watches.start();
          for (const each of steps) await perform(server, each);
          server.fault = () => undefined;
          const served = followed.filter((kind) => server.serves(kinds[kind]));
          // Events of a kind come in order: who knows of these objects has nothing older on its way to it.
          for (const kind of served) await perform(server, { do: 'put', kind, name: 'last', label: 'last' });
          await eventually(() => {
            assert.ok(watches.synced);
            assert.deepEqual(seen(), truth(server));
          });
          // Nothing is told twice once all is told.
          const told = sets.filter((kind) => served.includes(kind)).length;
          server.dropConnections();
          await sleep(20);
          assert.equal(sets.filter((kind) => served.includes(kind)).length, told);
        } finally {
          await watches.stop();
          api.close();
          await server.stop();
        }
      },
    ),
    { numRuns: 100 },
  );
});
