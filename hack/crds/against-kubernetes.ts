/**
 * Decodes mutated manifests here and by the API server's own code (pruning, defaults, OpenAPI and CEL validation with
 * the experimental CRDs and our own), and exits with 1 if one is accepted by only one of them or gets other defaults.
 *
 *     node hack/crds/against-kubernetes.ts [COUNT] [SEED]
 *
 * Needs Go, and downloads Kubernetes' modules on the first run, so it is not part of the checks of every change.
 */
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';

import { decode, formatPath } from '../../lib/api/mod.ts';
import {
  badSamples,
  goodSamples,
  manifestOf,
  mutatedManifest,
} from '../../lib/api/testing/mutated-manifest.ts';
import { crdFolder, upstreamFolder } from './upstream.ts';
import { type Verdict, verdictsOf } from './verdicts.ts';

const OWN_CRDS = fileURLToPath(new URL('../../manifests/crds', import.meta.url));

/** How we and the API server differ about a manifest; undefined if we agree. */
function difference(manifest: object, verdict: Verdict): string | undefined {
  const { object, problems } = decode(manifest);
  if (object === undefined) {
    if (verdict.errors.length > 0) return undefined;
    return `only here refused: ${
      problems.map(({ path, message }) => `${formatPath(path)} ${message}`).join('; ')
    }`;
  }
  if (verdict.errors.length > 0) return `only there refused: ${verdict.errors.join('; ')}`;
  const spec: unknown = 'spec' in object ? JSON.parse(JSON.stringify(object.spec)) : undefined;
  if (isDeepStrictEqual(spec, verdict.object?.spec)) return undefined;
  return `decoded here as ${JSON.stringify(spec)}, there as ${JSON.stringify(verdict.object?.spec)}`;
}

const [count = '20000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
const manifests = [
  ...[...goodSamples, ...badSamples].map((sample) => manifestOf(sample)),
  ...fc.sample(mutatedManifest, { numRuns: Number(count), seed: Number(seed) }),
];
const verdicts = verdictsOf(manifests, [crdFolder(upstreamFolder(), 'experimental'), OWN_CRDS]);
let differences = 0;
for (const [index, manifest] of manifests.entries()) {
  const found = difference(manifest, verdicts[index] ?? { errors: ['no verdict'] });
  if (found === undefined) continue;
  differences += 1;
  console.error(`${found}\n  ${JSON.stringify(manifest)}`);
}
const accepted = verdicts.filter(({ errors }) => errors.length === 0).length;
console.log(
  `${manifests.length} manifests (seed ${seed}): ${accepted} accepted and ${
    manifests.length - accepted
  } refused ` +
    `by the API server's code, ${differences} differences`,
);
process.exitCode = differences === 0 && accepted > 0 && accepted < manifests.length ? 0 : 1;
