import type { LegacyField } from './fields.ts';

interface Inert {
  /** Of the kind, the name of a Module after it, and the field. */
  readonly fields: RegExp;
  readonly reason: string;
}

const cosmetic = 'only says how a v2 resource was spelt before it was converted';

/** Fields that no traffic depends on, and never did in the versions that have them. */
const inert: readonly Inert[] = [
  { fields: /[ .]v2[A-Z]\w*$/, reason: cosmetic },
  { fields: /^Mapping docs(\.|$)/, reason: 'is for developer portals' },
  { fields: /^Mapping modules$/, reason: 'was never given a meaning' },
  { fields: /^DevPortal (?!ambassador_id)/, reason: 'is for developer portals, which nothing here serves' },
  { fields: /^Host (acmeProvider|previewUrl)(\.|$)/, reason: 'is of Edge Stack alone' },
  { fields: /^Host requestPolicy\.insecure\.additionalPort$/, reason: 'has had no effect since Listeners' },
  {
    fields: /^Module ambassador config\.(diag_port|auth_enabled|regex_type|statsd|debug_mode)$/,
    reason: 'has no effect in Emissary',
  },
  { fields: /^Module ambassador config\.regex_max_size$/, reason: 'is a limit that is not needed here' },
  {
    fields: /^Module ambassador config\.admin_port$/,
    reason: 'is for the admin interface of the proxy, which is not opened here',
  },
  { fields: /^Module ambassador config\.default_labels\{\}\.label_prefix$/, reason: 'was never used' },
  { fields: /^Module ambassador config\.buffer\.max_request_time$/, reason: 'is gone from Envoy' },
  {
    fields: /^Module ambassador config\.(envoy_validation_timeout|prune_unreachable_routes)$/,
    reason: 'is about how Emissary makes its configuration',
  },
];

/** Why no traffic depends on a field, if that is so. What else has no effect here is for whoever serves it to say. */
export function inertReason({ kind, variant, dialect, field }: LegacyField): string | undefined {
  // It is merged into the route in 0.39, and read by nothing since.
  if (kind === 'Mapping' && field === 'envoy_override') {
    return dialect === 'v0' ? undefined : 'has had no effect since v0';
  }
  const name = `${kind}${variant === '' ? '' : ` ${variant}`} ${field}`;
  return inert.find(({ fields }) => fields.test(name))?.reason;
}
