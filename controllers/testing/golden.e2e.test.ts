import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { test } from 'node:test';
import { inlineBootstrap, type Resource } from '../../lib/envoy/mod.ts';
import { validate } from '../../lib/proxy/validate.ts';
import type { Dataflow } from '../graph.ts';
import { goldens, translate } from './golden.ts';

for (const file of goldens()) {
  test(`Envoy takes golden ${basename(dirname(dirname(file)))}/${basename(file, '.yaml')}`, async () => {
    for (const [fleet, resources] of byFleet(translate(readFileSync(file, 'utf8')))) {
      const result = await validate(inlineBootstrap(resources));
      assert.ok(result.ok, result.ok ? '' : `${fleet}: ${result.message}`);
    }
  });
}

/** What one Envoy gets: in Kubernetes mode the ports of two Gateways may be the same. */
function byFleet({ memberships, resources }: Dataflow): ReadonlyMap<string, readonly Resource[]> {
  const fleets = Map.groupBy(memberships.values(), ({ fleet }) => fleet);
  return new Map(
    [...fleets].map(([fleet, members]) => [
      fleet,
      members.flatMap(({ resource }) => resources.get(resource) ?? []),
    ]),
  );
}
