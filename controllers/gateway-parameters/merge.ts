import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';

/** Fields whose own fields say one thing together, and so are taken as a whole. */
const WHOLE: ReadonlySet<string> = new Set(['affinity', 'podDisruptionBudget']);

/**
 * The parameters of a Gateway over those of its class: mappings field by field and key by key, all else as a whole. What the
 * two say together may be more than either alone is allowed to: `drain.min` over `drain.max`, say.
 */
export function mergedParameters(
  ofClass: GatewayParametersSpec,
  ofGateway: GatewayParametersSpec,
): GatewayParametersSpec {
  return merged({ ...ofClass }, { ...ofGateway });
}

type Fields = Readonly<Record<string, unknown>>;

function merged(base: Fields, over: Fields): Fields {
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = base[name];
    result[name] = isMapping(value) && isMapping(below) && !WHOLE.has(name) ? merged(below, value) : value;
  }
  return result;
}

function isMapping(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
