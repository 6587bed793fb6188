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
  // SELECTOR was declared and never did anything, so it is as if no namespace were given: the Listener's own.
  if (from !== 'ALL' && host.object.namespace !== namespace) return false;
  // Nobody evaluates expressions; a Listener that has nothing else must not have all Hosts.
  if (selector?.matchExpressions !== undefined && selector.matchLabels === undefined) return false;
  return selector === undefined || hasLabels(selector.matchLabels ?? {}, host.labels, settings);
}

/**
 * Whether a Host has a group of Mappings whose hosts include its own: by the selector of the Host, by the host of the
 * Mappings, or by both where both are given. Without either it is nobody's. Installations for which any label will do take
 * either for enough, too.
 */
export function associates(
  { named, everyHost, labels }: GroupPlace,
  { selector }: Pick<HostAtSite['host'], 'selector'>,
  settings: Pick<LegacySettings, 'strictLabelSelectors'>,
): boolean {
  if (everyHost) return true;
  if (selector === undefined || (named && !settings.strictLabelSelectors)) return named;
  return hasLabels(selector, labels, settings);
}
