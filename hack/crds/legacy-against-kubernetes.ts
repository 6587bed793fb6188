/**
 * Decodes good and odd legacy manifests here, and has the API server's own code store them by the CRDs of
 * manifests/legacy. Exits with 1 if it refuses one that is taken here, or if what it stores means something else under
 * the name of v3alpha1.
 *
 *     node hack/crds/legacy-against-kubernetes.ts [COUNT] [SEED]
 *
 * Needs Go, so it is not part of the checks of every change.
 */
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';

import { anySpellings } from '../../lib/api/legacy/testing/spellings.ts';
import { type AnyObject, decode } from '../../lib/api/mod.ts';
import { type Verdict, verdictsOf } from './verdicts.ts';

const folder = fileURLToPath(new URL('../../manifests/legacy', import.meta.url));

interface Sample {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

const odd = fc.constantFrom('', '*', 'x', '5', 0, 5, -1, 1.5, true, false, null, {}, [], ['a'], [5], {
  a: 'b',
});

/** A good spec with one field replaced, or none. */
const anySample: fc.Arbitrary<Sample> = fc.tuple(anySpellings, fc.boolean(), fc.nat(), fc.option(odd)).map(
  ([{ kind, v3alpha1, v2 }, old, choice, value]) => {
    const spec: Record<string, unknown> = { ...old ? v2 : v3alpha1 };
    const fields = Object.keys(spec);
    const field = fields[choice % Math.max(1, fields.length)];
    if (value !== null && field !== undefined) spec[field] = value;
    // The only thing that the CRDs cannot tell apart.
    if (spec.host === '') delete spec.host;
    const apiVersion = `getambassador.io/${old ? 'v2' : 'v3alpha1'}`;
    return { apiVersion, kind, metadata: { name: 'a' }, spec };
  },
);

/** What a decoded object means; a glob without a `*` is an exact name. */
function meaning(object: AnyObject | undefined): unknown {
  if (object === undefined || !('spec' in object)) return undefined;
  if (object.kind !== 'Mapping' || object.spec.host?.type !== 'Exact') return object.spec;
  return { ...object.spec, host: { ...object.spec.host, type: 'Glob' } };
}

function difference(sample: Sample, { errors, object: stored }: Verdict): string | undefined {
  const { object } = decode(sample);
  if (object === undefined) return undefined;
  if (errors.length > 0) return `only there refused: ${errors.join('; ')}`;
  const read = decode({ ...stored, apiVersion: 'getambassador.io/v3alpha1' }).object;
  return isDeepStrictEqual(meaning(read), meaning(object))
    ? undefined
    : `is stored as ${JSON.stringify(stored)}`;
}

const [count = '20000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
const samples = fc.sample(anySample, { numRuns: Number(count), seed: Number(seed) });
const verdicts = verdictsOf(samples, [folder]);
let differences = 0;
let accepted = 0;
let refusedOnlyHere = 0;
for (const [index, sample] of samples.entries()) {
  const verdict = verdicts[index] ?? { errors: ['no verdict'] };
  if (verdict.errors.length === 0) {
    accepted += 1;
    if (decode(sample).object === undefined) refusedOnlyHere += 1;
  }
  const found = difference(sample, verdict);
  if (found === undefined) continue;
  differences += 1;
  console.error(`${found}\n  ${JSON.stringify(sample)}`);
}
console.log(
  `${samples.length} manifests (seed ${seed}): the API server's code accepts ${accepted}, of which ` +
    `${refusedOnlyHere} are refused here; ${differences} differences`,
);
process.exitCode = differences === 0 && accepted > 0 && accepted < samples.length ? 0 : 1;
