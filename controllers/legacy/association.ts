import type { LegacySettings } from '../../lib/api/legacy/mod.ts';
import type { GroupPlace, HostAtSite, HostResult, Site } from './flow.ts';

type Labels = Readonly<Record<string, string>>;

/** Whether labels are those of a selector: all of them, or any in installations that say so. One without labels takes all. */
export function hasLabels(
  selector: Labels,
  labels: Labels,
  { strictLabelSelectors }: Pick<LegacySettings, 'strictLabelSelectors'>,
): boolean {
  const wanted = Object.entries(selector);
  if (wanted.length === 0) return true;
  const has = ([name, value]: readonly [string, string]): boolean => labels[name] === value;
  return strictLabelSelectors ? wanted.every(has) : wanted.some(has);
}

/** Whether a Listener has a Host: by its namespace and its labels, where the Listener asks for either. */
export function binds(
  { namespace, hostBinding }: Pick<Site, 'namespace' | 'hostBinding'>,
  host: Pick<HostResult, 'object' | 'labels'>,
  settings: Pick<LegacySettings, 'strictLabelSelectors'>,
): boolean {
  const { namespace: { from }, selector } = hostBinding;
  if (from === undefined && selector === undefined) return false;
  // SELECTOR was declared and never did anything.
  if (from === 'SELECTOR') return false;
  if (from === 'SELF' && host.object.namespace !== namespace) return false;
  return selector === undefined || hasLabels(selector.matchLabels ?? {}, host.labels, settings);
}

/**
 * Whether a Host has a group of Mappings whose hosts include its own: by the selector of the Host, by the host of the
 * Mappings, or by both where both are given. Without either it is nobody's.
 */
export function associates(
  { named, everyHost, labels }: GroupPlace,
  { selector }: Pick<HostAtSite['host'], 'selector'>,
  settings: Pick<LegacySettings, 'strictLabelSelectors'>,
): boolean {
  if (everyHost) return true;
  if (selector === undefined) return named;
  return hasLabels(selector, labels, settings);
}
