import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';

import { kinds } from '../api/mod.ts';
import { KubeApi } from './client.ts';
import { type DesiredStatusChange, StatusWriter } from './status-writer.ts';
import { FakeApiServer, type Fault } from './testing/api-server.ts';
import { eventually } from '../testing/eventually.ts';
import { fastTiming } from './testing/fast-timing.ts';
import { Watches } from './watches.ts';

type Step =
  | { readonly do: 'edit' | 'say' | 'foreign'; readonly name: string; readonly text: string }
  | { readonly do: 'delete' | 'silence' | 'vandalize'; readonly name: string }
  | { readonly do: 'fail'; readonly fault: Fault }
  | { readonly do: 'well' | 'drop' | 'enable' | 'disable' | 'wait' };

const name = fc.constantFrom('a', 'b', 'c');
const text = fc.constantFrom('x', 'y', 'z');

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('edit' as const, 'say' as const, 'foreign' as const),
      name,
      text,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('delete' as const, 'silence' as const, 'vandalize' as const),
      name,
    }),
  },
  { weight: 6, arbitrary: fc.constant({ do: 'wait' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      fault: fc.constantFrom<Fault>('drop', 'lose', { status: 500 }, { status: 429 }, { status: 422 }, {
        status: 409,
      }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('well' as const, 'drop' as const, 'enable' as const, 'disable' as const),
    }),
  },
);

interface Entry {
  readonly controllerName: string;
  readonly conditions: readonly { readonly message: string; readonly observedGeneration?: number }[];
}

const type = kinds.HTTPRoute;

function entriesOf(server: FakeApiServer, name: string): readonly Entry[] {
  const status = server.get(type, { namespace: 'default', name })?.['status'] as {
    readonly parents?: Entry[];
  } | undefined;
  return status?.parents ?? [];
}

function entry(controllerName: string, message: string, generation: number): Entry {
  const parentRef = { group: type.group, kind: 'Gateway', name: 'g' };
  const condition = {
    type: 'Accepted',
    status: 'True',
    reason: 'Accepted',
    message,
    observedGeneration: generation,
  };
  return { parentRef, controllerName, conditions: [condition] } as Entry;
}

/** Routes, a graph that says of each what it was told to say, and another controller. */
class World {
  readonly #server: FakeApiServer;
  readonly #writer: () => StatusWriter;
  readonly #said = new Map<string, string>();
  readonly #generations = new Map<string, number>();
  readonly #foreign = new Map<string, string>();

  constructor(server: FakeApiServer, writer: () => StatusWriter) {
    this.#server = server;
    this.#writer = writer;
  }

  /** An update with a route, as the graph takes it. */
  saw(name: string, generation: number | undefined): DesiredStatusChange {
    if (generation === undefined) this.#generations.delete(name);
    else this.#generations.set(name, generation);
    return this.#desired(name);
  }

  #desired(name: string): DesiredStatusChange {
    const key = `HTTPRoute/default/${name}`;
    const generation = this.#generations.get(name);
    if (generation === undefined) return { key, after: undefined };
    const said = this.#said.get(name);
    const parents = said === undefined ? [] : [entry('us', said, generation)];
    const object = { kind: 'HTTPRoute', namespace: 'default', name };
    return { key, after: { key, object, generation, status: { parents } } };
  }

  async perform(step: Step): Promise<void> {
    const server = this.#server;
    if (step.do === 'say') this.#say(step.name, step.text);
    else if (step.do === 'silence') this.#say(step.name, undefined);
    else if (step.do === 'edit') {
      const before = server.get(type, { namespace: 'default', name: step.name });
      server.put(type, {
        ...(before ?? { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' }),
        metadata: { namespace: 'default', name: step.name },
        spec: { hostnames: [`${step.text}.example`] },
      });
    } else if (step.do === 'foreign') {
      const others = entriesOf(server, step.name).filter(({ controllerName }) => controllerName !== 'them');
      if (this.#setParents(step.name, [...others, entry('them', step.text, 0)])) {
        this.#foreign.set(step.name, step.text);
      }
    } else if (step.do === 'vandalize') {
      const theirs = entriesOf(server, step.name).filter(({ controllerName }) => controllerName === 'them');
      this.#setParents(step.name, theirs);
    } else if (step.do === 'delete') {
      server.delete(type, { namespace: 'default', name: step.name });
      this.#foreign.delete(step.name);
    } else if (step.do === 'fail') server.fault = ({ method }) => method === 'PATCH' ? step.fault : undefined;
    else if (step.do === 'well') server.fault = () => undefined;
    else if (step.do === 'drop') server.dropConnections();
    else if (step.do === 'enable') this.#writer().enable();
    else if (step.do === 'disable') void this.#writer().disable();
    else await sleep(5);
  }

  #say(name: string, text: string | undefined): void {
    if (text === undefined) this.#said.delete(name);
    else this.#said.set(name, text);
    this.#writer().update([this.#desired(name)]);
  }

  #setParents(name: string, parents: readonly Entry[]): boolean {
    const before = this.#server.get(type, { namespace: 'default', name });
    if (before === undefined) return false;
    this.#server.put(type, { ...before, status: { parents } });
    return true;
  }

  check(): void {
    for (const { metadata: { name, generation } } of this.#server.list(type)) {
      const said = this.#said.get(name);
      const foreign = this.#foreign.get(name);
      assert.deepEqual(
        new Map(
          entriesOf(this.#server, name).map(({ controllerName, conditions: [condition] }) => [
            controllerName,
            `${condition?.message} ${condition?.observedGeneration}`,
          ]),
        ),
        new Map([
          ...(said === undefined ? [] : [['us', `${said} ${generation}`] as const]),
          ...(foreign === undefined ? [] : [['them', `${foreign} 0`] as const]),
        ]),
      );
    }
  }
}

test('whatever others write and the API server answers, statuses end as they should, and no word of others is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const server = await FakeApiServer.start([type]);
      const api = new KubeApi({ connection: server.connection, userAgent: 'test' });
      const world = new World(server, () => writer);
      const watches = new Watches({
        api,
        kinds: ['HTTPRoute'],
        timing: fastTiming,
        onUpdate: ({ changes }) =>
          writer.update(
            changes.map((change) =>
              'set' in change
                ? world.saw(change.set.metadata.name, change.set.metadata.generation)
                : world.saw(change.delete.key.split('/')[1] ?? '', undefined)
            ),
          ),
      });
      const writer = new StatusWriter({
        api,
        statuses: watches.statuses,
        versionOf: (kind) => watches.versionOf(kind),
        controllerName: 'us',
        timing: { retryMs: [2, 10], pauseMs: [2, 10], lookMs: 20, repairMs: [2, 10] },
      });
      try {
        await watches.start();
        writer.enable();
        for (const each of steps) await world.perform(each);
        server.fault = () => undefined;
        writer.enable();
        await eventually(() => {
          world.check();
          assert.equal(writer.pending, 0);
        });
        await sleep(20);
        world.check();
        assert.equal(server.idleWrites, 0);
      } finally {
        await writer.stop();
        await watches.stop();
        api.close();
        await server.stop();
      }
    }),
    { numRuns: 60 },
  );
});
