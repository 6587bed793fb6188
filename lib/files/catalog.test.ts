import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import type { AnyObject } from '../api/mod.ts';
import { Catalog, type FileState } from './catalog.ts';
import { readManifests } from './manifest-file.ts';
import { service, stream } from './testing/manifests.ts';

function file(text: string): FileState {
  return { content: readManifests(text) };
}

function port(object: AnyObject | undefined): number | undefined {
  return object?.kind === 'Service' ? object.spec.ports?.[0]?.port : undefined;
}

test('the first file in order has an object, in whatever order they are read', () => {
  for (const order of [['a.yaml', 'b.yaml'], ['b.yaml', 'a.yaml']]) {
    const catalog = new Catalog();
    for (const path of order) {
      catalog.update(new Map([[path, file(service('x', path === 'a.yaml' ? 1 : 2))]]));
    }
    assert.equal(port(catalog.objects()[0]), 1);
    const [problem] = catalog.problems();
    assert.equal(problem?.file, 'b.yaml');
    assert.match(problem?.message ?? '', /a\.yaml:1/);
    const changes = catalog.update(new Map([['a.yaml', undefined]]));
    assert.equal(port('set' in changes[0]! ? changes[0].set : undefined), 2);
    assert.deepEqual(catalog.problems(), []);
  }
});

test('an object that moves between files in one update does not change', () => {
  const catalog = new Catalog();
  catalog.update(new Map([['a.yaml', file(service('x'))]]));
  assert.deepEqual(catalog.update(new Map([['a.yaml', undefined], ['b.yaml', file(service('x'))]])), []);
  assert.equal(catalog.sourceOf('Service', 'default/x')?.file, 'b.yaml');
});

test('a comment changes no object', () => {
  const catalog = new Catalog();
  catalog.update(new Map([['a.yaml', file(service('x'))]]));
  assert.deepEqual(catalog.update(new Map([['a.yaml', file(`# why\n${service('x')}`)]])), []);
  assert.equal(catalog.sourceOf('Service', 'default/x')?.line, 2);
});

test('sourceOf() finds a field of an object, and nothing for others', () => {
  const catalog = new Catalog();
  catalog.update(new Map([['a.yaml', file(stream(service('x'), service('y')))]]));
  assert.deepEqual(catalog.sourceOf('Service', 'default/y', 'spec.ports[0].port'), {
    file: 'a.yaml',
    line: 15,
    column: 13,
  });
  assert.equal(catalog.sourceOf('Service', 'default/z'), undefined);
});

test('whatever the history of files, the changes add up to what one reading finds', () => {
  const text = fc.array(fc.tuple(fc.constantFrom('p', 'q', 'r'), fc.integer({ min: 1, max: 3 })), {
    maxLength: 4,
  })
    .map((services) => stream(...services.map(([name, port]) => service(name, port))));
  const step = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.option(text, { nil: undefined }), {
    minKeys: 1,
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (history) => {
      const catalog = new Catalog();
      const replayed = new Map<string, AnyObject>();
      const latest = new Map<string, string>();
      for (const changes of history) {
        const files = new Map<string, FileState | undefined>();
        for (const [path, text] of Object.entries(changes)) {
          if (text === undefined) latest.delete(path);
          else latest.set(path, text);
          files.set(
            path,
            text === undefined ? undefined : { content: readManifests(text, catalog.state(path)?.content) },
          );
        }
        for (const change of catalog.update(files)) {
          if ('set' in change) replayed.set(change.set.key, change.set);
          else replayed.delete(change.delete.key);
        }
      }
      const fresh = new Catalog();
      fresh.update(new Map([...latest].reverse().map(([path, text]) => [path, file(text)])));
      const ordered = (objects: Iterable<AnyObject>): AnyObject[] =>
        [...objects].sort((a, b) => a.key < b.key ? -1 : 1);
      assert.deepEqual(ordered(catalog.objects()), ordered(fresh.objects()));
      assert.deepEqual(ordered(replayed.values()), ordered(fresh.objects()));
      assert.deepEqual(catalog.problems(), fresh.problems());
    }),
    { numRuns: 300 },
  );
});
