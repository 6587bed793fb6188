import type { KubeObject } from '../object.ts';
import type { Unreadable } from '../unreadable.ts';
import { type Addressed, isAddressedTo, writtenAmbassadorIds } from './parts/ambassador-id.ts';
import type { Variables } from './variables.ts';

/** What the environment of an installation says about legacy resources. */
export interface LegacySettings {
  /** `AMBASSADOR_ID`: only resources for this id are served. */
  readonly ambassadorId: string;
  /** `AMBASSADOR_NAMESPACE`: the installation's own. */
  readonly namespace: string;
  /** `AMBASSADOR_SINGLE_NAMESPACE`: whether resources of other namespaces are ignored. */
  readonly singleNamespace: boolean;
  /** `AMBASSADOR_ENVOY_BIND_ADDRESS`: what Listeners listen on, if that is not what all listeners do. */
  readonly bindAddress?: string;
  /** `AMBASSADOR_DISABLE_ENDPOINTS`: whether the endpoint resolvers get nothing, so that they go by DNS. */
  readonly disableEndpoints: boolean;
  /** Not `DISABLE_STRICT_LABEL_SELECTORS`: whether a Host's selector needs all of its labels instead of any. */
  readonly strictLabelSelectors: boolean;
  /** What `${NAME}` stands for in resources. Never from the environment, which is none of their authors' business. */
  readonly variables?: Variables;
}

export const defaultLegacySettings: LegacySettings = {
  ambassadorId: 'default',
  namespace: 'default',
  singleNamespace: false,
  disableEndpoints: false,
  strictLabelSelectors: true,
};

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of an environment; a variable that is empty counts as absent. */
export function legacySettingsOf(environment: Environment): LegacySettings {
  const defaults = defaultLegacySettings;
  return {
    ambassadorId: environment.AMBASSADOR_ID || defaults.ambassadorId,
    namespace: environment.AMBASSADOR_NAMESPACE || defaults.namespace,
    singleNamespace: isGiven(environment.AMBASSADOR_SINGLE_NAMESPACE),
    ...(environment.AMBASSADOR_ENVOY_BIND_ADDRESS
      ? { bindAddress: environment.AMBASSADOR_ENVOY_BIND_ADDRESS }
      : {}),
    disableEndpoints: isGiven(environment.AMBASSADOR_DISABLE_ENDPOINTS),
    strictLabelSelectors: !isTrue(environment.DISABLE_STRICT_LABEL_SELECTORS),
  };
}

/** These two were always on once they had any value at all, `false` too. */
function isGiven(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(1|t|true|y|yes|on)$/i.test(value.trim());
}

/** Whether an installation serves a resource: it is for its id, and in a namespace that it looks at. */
export function isServed(
  object: KubeObject & { readonly spec: Addressed },
  { ambassadorId, namespace, singleNamespace }: LegacySettings,
): boolean {
  if (singleNamespace && object.metadata.namespace !== namespace) return false;
  return isAddressedTo(object.spec, ambassadorId);
}

/** Whether an installation would serve a resource if it could be decoded. What does not say whose it is may be anybody's. */
export function wouldServe(
  { object: { namespace: of }, spec }: Unreadable,
  { ambassadorId, namespace, singleNamespace }: LegacySettings,
): boolean {
  if (singleNamespace && of !== namespace) return false;
  const ambassadorIds = writtenAmbassadorIds(spec);
  return ambassadorIds === undefined || isAddressedTo({ ambassadorIds }, ambassadorId);
}
