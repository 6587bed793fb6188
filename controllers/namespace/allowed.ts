import type { Namespace } from '../../lib/api/namespace.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { LabelSelector, NamespaceRule } from '../flow.ts';

/**
 * Whether objects of `namespace` are let in by a rule (`allowedRoutes.namespaces`, `allowedListeners.namespaces`).
 * A namespace without an object, as in a folder of manifests, has the one label that Kubernetes gives to all.
 */
export function namespaceAllowed(
  fetch: Fetch,
  namespaces: Collection<Namespace>,
  { rule, namespace }: { readonly rule: NamespaceRule; readonly namespace: string },
): boolean {
  if (rule.from === 'All') return true;
  if (rule.from === 'None') return false;
  if (rule.from === 'Same') return rule.namespace === namespace;
  const labels = fetch.one(namespaces, namespace)?.metadata.labels;
  return selects(rule.selector, { 'kubernetes.io/metadata.name': namespace, ...labels });
}

/** Kubernetes' label selector semantics; an unknown operator selects nothing. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const label = labels[key];
      if (operator === 'In') return label !== undefined && values.includes(label);
      if (operator === 'NotIn') return label === undefined || !values.includes(label);
      if (operator === 'Exists') return label !== undefined;
      return operator === 'DoesNotExist' && label === undefined;
    });
}
