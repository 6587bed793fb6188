import type { LegacySettings } from '../../lib/api/legacy/mod.ts';
import type { Fetch } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { NamedContext } from './flow.ts';
import { namespacingOf, type TlsReads } from './hosts.ts';
import { pairProblem, secretName, settingsOf } from './termination.ts';
import { isOfAll, sourceOf } from './tls-module.ts';

/** What is wrong with a TLSContext, or an entry of a tls Module, whoever uses it; they are told, too. */
export function contextDiagnostics(
  { context }: NamedContext,
  fetch: Fetch,
  { secrets, modules, legacy }: TlsReads & { readonly legacy: LegacySettings },
): readonly Diagnostic[] {
  const { spec, metadata } = context;
  const { object, field: at } = sourceOf(context);
  const namespace = isOfAll(context) ? legacy.namespace : metadata.namespace ?? '';
  const diagnostics: Diagnostic[] = [];
  const report = (field: string, message: string): void => {
    diagnostics.push({ object, severity: 'error', code: 'InvalidTLS', field: `${at}${field}`, message });
  };
  const secretNamespacing = namespacingOf(context, fetch, modules);
  const own = spec.secret === undefined
    ? undefined
    : secretName(spec.secret, namespace, { secretNamespacing });
  if (own !== undefined) {
    const problem = pairProblem(fetch.one(secrets, `${own.namespace}/${own.name}`));
    if (problem !== undefined) report('secret', `Secret ${own.namespace}/${own.name} ${problem}.`);
  }
  const { problems } = settingsOf(spec, namespace, { fetch, secrets, secretNamespacing, own });
  for (const { field, message } of problems) report(field, message);
  return diagnostics;
}
