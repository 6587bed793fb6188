import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { dragoman, folder } from './testing/command.ts';

test('`run` takes a folder or a cluster, and not both', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /missing required argument 'dir', or --kubernetes/],
    [['--kubernetes', 'manifests'], /--kubernetes reads the API server, so it takes no folder: manifests/],
    [['--kubernetes', '--echo'], /--echo cannot be used with --kubernetes/],
    [['--kubernetes', '--bind', '0.0.0.0'], /--bind cannot be used with --kubernetes/],
    [['manifests', '--kubeconfig', 'file'], /--kubeconfig can only be used with --kubernetes/],
    [['manifests', '--no-leader-elect'], /--no-leader-elect can only be used with --kubernetes/],
    [['--kubernetes', '--pod-ip', 'here'], /Give an IP address/],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await dragoman(['run', ...args]);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, message);
  }
});

test('`run --kubernetes` says which kubeconfig it cannot use', async (t) => {
  const root = folder(t, { 'broken': 'clusters: [' });
  for (const name of ['broken', 'missing']) {
    const file = join(root, name);
    const { code, err } = await dragoman(['run', '--kubernetes', '--kubeconfig', file]);
    assert.equal(code, 1);
    assert.match(err, new RegExp(`kubeconfig .*${name}`));
  }
});

test('`run --help` explains the options of a cluster apart', async () => {
  const { code, out } = await dragoman(['run', '--help']);
  assert.equal(code, 0);
  assert.match(out, /Options of --kubernetes:\s+--kubernetes/);
});
