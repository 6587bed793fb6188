import type { GatewayStatusAddress } from '../../lib/api/gateway.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { GatewayAddresses, GatewayResult, GatewayVerdict, InstalledDefinition } from '../flow.ts';
import type { Standing } from './conditions.ts';
import type { Requested } from './place.ts';
import { CLUSTER, SENTINEL } from './routability.ts';

export interface AddressReads {
  readonly addresses: Collection<GatewayAddresses>;
  readonly installed: Collection<InstalledDefinition>;
}

/** Which address each request of `spec.addresses` has got (GEP-5093). */
export interface Assignment {
  /** As `status.addresses` has them: with requests, exactly one for each that is satisfied. */
  readonly addresses: readonly GatewayStatusAddress[];
  /** Requests that the platform has not satisfied. */
  readonly missing: readonly Requested[];
  /** Whether anybody has begun to assign any. */
  readonly begun: boolean;
}

/** In standalone mode the configuration alone decides; else what the Gateway's Service has. */
export function assignmentOf({ key, status }: GatewayResult, fetch: Fetch, reads: AddressReads): Assignment {
  if (status.addresses.length > 0) return { addresses: status.addresses, missing: [], begun: true };
  const platform = fetch.one(reads.addresses, key);
  const { requestedAddresses: requested, unusableAddresses } = status;
  if (requested.length + unusableAddresses.length > 0) {
    return { ...assign(requested, platform), begun: platform !== undefined };
  }
  const addresses = platform?.addresses.filter(({ routability }) => routability === platform.byDefault) ?? [];
  return { addresses, missing: [], begun: platform !== undefined };
}

/** Those that ask for the most choose first, so that what is left is enough for the others. */
function assign(
  requested: readonly Requested[],
  platform: GatewayAddresses | undefined,
): Omit<Assignment, 'begun'> {
  const free = new Set(platform?.addresses);
  const assigned = new Map<Requested, GatewayStatusAddress>();
  const pickiness = ({ value, routability }: Requested): number =>
    (value === '' ? 0 : 2) + (routability === CLUSTER ? 1 : 0);
  for (const request of requested.toSorted((a, b) => pickiness(b) - pickiness(a))) {
    const routability = request.routability === CLUSTER ? CLUSTER : platform?.byDefault;
    const found = [...free].find((each) =>
      each.type === request.type && each.routability === routability &&
      (request.value === '' || each.value === request.value)
    );
    if (found === undefined) continue;
    free.delete(found);
    assigned.set(request, request.routability === SENTINEL ? { ...found, routability: SENTINEL } : found);
  }
  return {
    addresses: requested.flatMap((request) => assigned.get(request) ?? []),
    missing: requested.filter((request) => !assigned.has(request)),
  };
}

/** `AddressesAssigned`; undefined while there is nothing to say. */
export function addressesAssigned(verdict: GatewayVerdict, assignment: Assignment): Standing | undefined {
  const { addresses, missing, begun } = assignment;
  if (!begun && verdict.unusableAddresses.length === 0) return undefined;
  const problems = [...verdict.unusableAddresses.map(({ message }) => message), ...missing.map(notAssigned)];
  if (problems.length === 0 && addresses.length > 0) {
    return { holds: true, reason: 'AddressesAssigned', message: 'The Gateway has all its addresses.' };
  }
  const reason = addresses.length > 0 ? 'PartiallyAssigned' : 'NotAssigned';
  const message = problems.length > 0 ? problems.join(' ') : NONE_YET;
  return { holds: false, reason, message };
}

/**
 * Why `Programmed` is false for want of addresses. One that was asked for by its value must be had; of the others one is
 * enough.
 */
export function addressProblem(
  { unusableAddresses }: GatewayVerdict,
  { addresses, missing }: Assignment,
): Standing | undefined {
  const unusable = [
    ...unusableAddresses.filter(({ reason }) => reason === 'AddressNotUsable').map(({ message }) => message),
    ...missing.filter(({ value, routability }) => value !== '' && routability !== CLUSTER).map(notAssigned),
  ];
  if (unusable.length > 0) return { holds: false, reason: 'AddressNotUsable', message: unusable.join(' ') };
  if (addresses.length > 0) return undefined;
  const problems = [...unusableAddresses.map(({ message }) => message), ...missing.map(notAssigned)];
  const message = problems.length > 0 ? problems.join(' ') : NONE_YET;
  return { holds: false, reason: 'AddressNotAssigned', message };
}

const NONE_YET = 'The platform has not assigned an address yet.';

function notAssigned({ field, type, value, routability }: Requested): string {
  const what = value === '' ? `an address of type ${type}` : value;
  const scope = routability === '' ? '' : ` with routability ${routability}`;
  return `${field}: the platform has not assigned ${what}${scope}.`;
}

/** Definitions of the standard channel have no field for routability. */
export function shownAddresses(
  addresses: readonly GatewayStatusAddress[],
  fetch: Fetch,
  { installed }: AddressReads,
): readonly GatewayStatusAddress[] {
  if (fetch.one(installed, 'Gateway')?.channel !== 'standard') return addresses;
  return addresses.map(({ type, value }) => ({ type, value }));
}
