import assert from 'node:assert/strict';
import { test } from 'node:test';
import { page } from '../lib/http/paging.ts';
import type { Diagnostic } from '../lib/model/mod.ts';
import { createDataflow } from './graph.ts';
import { diagnosticViews, kindProblemViews } from './run-views.ts';

test('only the diagnostics of the page are looked up in their files', () => {
  const dataflow = createDataflow({
    mode: 'standalone',
    bind: '127.0.0.1',
    privilegedPortShift: 0,
    allowLocalBackends: true,
  });
  const diagnosticsOf = (name: string): readonly Diagnostic[] => [{
    object: { group: '', kind: 'Service', namespace: 'default', name },
    severity: 'warning',
    code: 'Odd',
    field: 'spec.ports',
    message: 'is odd',
  }];
  const sets = ['a', 'b', 'c'].map((name) => ({
    key: `Service/default/${name}`,
    diagnostics: diagnosticsOf(name),
  }));
  const diagnostics = { name: 'diagnostics', size: 3, get: () => undefined, values: () => sets };
  const asked: string[] = [];
  const listing = diagnosticViews({ ...dataflow, diagnostics }, (_, key) => {
    asked.push(key);
    return `${key}.yaml:1:1`;
  });
  const { items, total, next } = page(listing, { limit: 1, namespace: 'default' });
  assert.deepEqual([items.map(({ source }) => source), total], [['default/a.yaml:1:1'], 3]);
  assert.ok(next);
  assert.deepEqual(asked, ['default/a']);
});

test('kinds that cannot be read are shown', () => {
  const status = { group: '', version: 'v1', infrastructure: false } as const;
  const problem = { reason: 'Forbidden', message: 'GET /api/v1/secrets: 403' };
  const views = kindProblemViews([
    { ...status, kind: 'Service', state: 'live' },
    { ...status, kind: 'ListenerSet', state: 'absent' },
    { ...status, kind: 'Secret', state: 'absent', problem },
  ]);
  assert.deepEqual(views.map(({ kind, code, message }) => [kind, code, message]), [
    ['Secret', problem.reason, problem.message],
  ]);
});
