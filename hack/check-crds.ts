/**
 * Compares lib/api with the CRDs of the Gateway API release that it follows, both channels and all served versions:
 * fields, types, defaults, enums, bounds, patterns, list types and validation rules. Exits with 1 if ours lacks one,
 * or has one that the experimental channel lacks. Needs Go, which downloads the release.
 */
import { kinds } from '../lib/api/mod.ts';
import { compareKinds } from './crds/compare-kinds.ts';
import { exceptions } from './crds/exceptions.ts';
import { readCRDs, upstreamFolder, upstreamVersion } from './crds/upstream.ts';

const folder = upstreamFolder();
const crds = { standard: readCRDs(folder, 'standard'), experimental: readCRDs(folder, 'experimental') };
const findings = compareKinds({ kinds, crds, exceptions });

for (const finding of findings) console.error(finding);
const files = crds.standard.length + crds.experimental.length;
if (findings.length > 0 || files === 0) {
  console.error(`lib/api differs from ${upstreamVersion} in ${findings.length} places (${files} CRDs)`);
  process.exitCode = 1;
} else {
  console.log(`lib/api has all that the ${files} CRDs of ${upstreamVersion} have`);
}
