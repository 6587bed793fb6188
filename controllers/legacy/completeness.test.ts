import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inertReason, type LegacyField, legacyFields } from '../../lib/api/legacy/mod.ts';
import { hasEffect, type Specimen, specimens, valuesOf } from '../testing/specimens.ts';

const files = 'files of the proxy are not read, so that what asks for one is not used';
const labels = 'only labels were ever compared';
const gone = 'is for a driver that Envoy has no more';
const environment = 'the environment is the operator’s, so no such tag is there';

/** Fields that have no effect here, and why, with the kinds in front: what traffic might have depended on. */
const left: readonly (readonly [fields: RegExp, reason: string])[] = [
  [/[ .}](cert_chain_file|private_key_file|cacert_chain_file)$/, files],
  [/error_response_overrides\[\]\.body\.text_format_source\.filename$/, files],
  [/^(Host|Listener) .*\.matchExpressions\[\]\./, labels],
  [/^Host tls\.sni$/, 'the server names of a Host are those of its clients'],
  [/^Listener statsPrefix$/, 'listeners have the statistics of all others'],
  [/^LogService grpc$/, 'is only for the version of the protocol that is gone'],
  [/^Mapping of v0 envoy_override$/, 'was merged into a route of Envoy as it was years ago, which is told'],
  [/^Mapping( of v0)? use_websocket$/, 'every Mapping lets WebSockets through'],
  [/^Mapping of v0 case_sensitive$/, '0.39 ignored it'],
  [/^Module ambassador config\.runtime_flags$/, 'are switches of the whole proxy'],
  [/^Module ambassador config\.header_case_overrides$/, 'Envoy has nothing that does it'],
  [/^Module authentication config\.ambassador_id$/, 'is beside the config'],
  [/^Pragma of v0 ambassador_id$/, 'nothing comes of the kind at all'],
  [/^TracingService .*\.environment\./, environment],
  [/^TracingService .*config\.(access_token_file|collector_cluster|(v3P|p)ropagation_?[mM]odes)$/, gone],
];

/**
 * What is translated alike has one name: the versions since v1 differ in their spellings alone, which
 * lib/api/legacy/spellings.test.ts compares, and Modules do not differ at all.
 */
function rowOf({ kind, variant, dialect }: Omit<LegacyField, 'field'>): string {
  if (kind === 'Module') return `${kind} ${variant}`;
  return dialect === 'v0' ? `${kind} of v0` : kind;
}

/** Since v1 the Module has the fields of an AuthService, and ends as one. */
function isAuthService({ variant, dialect }: LegacyField): boolean {
  return variant === 'authentication' && dialect !== 'v0';
}

/** Those that have no fields of their own below them. */
function leaves(fields: readonly LegacyField[]): readonly LegacyField[] {
  const holders = new Set(
    fields.flatMap(({ kind, variant, dialect, field }) =>
      [...field.matchAll(/[.[{]/g)].map(({ index }) =>
        `${kind} ${variant} ${dialect} ${field.slice(0, index)}`
      )
    ),
  );
  return fields.filter(({ kind, variant, dialect, field }) =>
    !holders.has(`${kind} ${variant} ${dialect} ${field}`)
  );
}

const byRow = Map.groupBy(specimens(), rowOf);

function showsEffect(row: string, field: string): boolean {
  const all = byRow.get(row) ?? [];
  const values = all.flatMap((specimen) => valuesOf(specimen, field));
  return all.some((specimen) => hasEffect(specimen, field, values));
}

test('every field of every version changes what comes out of a golden, or has a reason not to', () => {
  const used = new Set<RegExp>();
  const unproven = new Set<string>();
  for (const each of leaves(legacyFields())) {
    if (inertReason(each) !== undefined || isAuthService(each)) continue;
    const row = rowOf(each);
    const name = `${row} ${each.field}`;
    const [reasonless] = left.find(([fields]) => fields.test(name)) ?? [];
    if (reasonless !== undefined) used.add(reasonless);
    else if (!unproven.has(name) && !showsEffect(row, each.field)) unproven.add(name);
  }
  assert.deepEqual([...unproven], []);
  // No reason stands for nothing.
  assert.deepEqual(left.map(([fields]) => fields).filter((fields) => !used.has(fields)), []);
});

test('what is said to be inert changes nothing that comes out of a golden', () => {
  const inert = leaves(legacyFields()).filter((each) => inertReason(each) !== undefined);
  const seen: string[] = [];
  for (const { kind, variant, dialect, field } of inert) {
    const same = (each: Specimen): boolean =>
      each.kind === kind && each.variant === variant && each.dialect === dialect;
    for (const specimen of [...byRow.values()].flat().filter(same)) {
      if (valuesOf(specimen, field).length === 0) continue;
      seen.push(field);
      assert.equal(hasEffect(specimen, field), false, `${kind} ${field} of ${specimen.golden}`);
    }
  }
  assert.ok(new Set(seen).size > 10, seen.join());
});
