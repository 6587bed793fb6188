import { isIP } from 'node:net';

import type { Gateway } from '../../lib/api/gateway.ts';
import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { Settings } from '../settings.ts';
import { sourceOf } from './listeners.ts';
import { CLUSTER, isScoped, isWithin, serviceTypeOf } from './routability.ts';

/** An address of `spec.addresses`. */
export interface Requested {
  /** Such as `spec.addresses[0]`. */
  readonly field: string;
  readonly type: string;
  /** Empty for any of the type. */
  readonly value: string;
  /** From where it is to be reached; empty for where the platform's addresses are. */
  readonly routability: string;
}

/** Where the proxies of a Gateway listen. */
export interface Place {
  /** Absent if no address that the Gateway asks for can be had. */
  readonly address?: string;
  /** Addresses that it asks for and may get. */
  readonly requested: readonly Requested[];
  /** Reasons of `Accepted: UnsupportedAddress`. */
  readonly unsupported: readonly Diagnostic[];
  /** Of those that it cannot get; `code` is the reason, should it get no other. */
  readonly unusable: readonly Unusable[];
}

export interface Unusable extends Diagnostic {
  readonly code: 'AddressNotUsable' | 'AddressNotAssigned';
}

export interface PlaceContext {
  readonly settings: Settings;
  readonly parameters: GatewayParametersSpec;
  /** CIDR blocks of the cluster's Services; none if nobody tells. */
  readonly serviceRanges: () => readonly string[];
}

/**
 * The address that `spec.addresses` gives a Gateway. Standalone: the bind address, or one loopback address of its own. In
 * Kubernetes proxies bind all addresses of their Pods, and the platform assigns what clients see.
 */
export function placeOf(gateway: Gateway, context: PlaceContext): Place {
  const { object } = sourceOf(gateway);
  const { settings } = context;
  const { addresses = [] } = gateway.spec;
  const unsupported: Diagnostic[] = [];
  const unusable: Unusable[] = [];
  const usable: Requested[] = [];
  const service = serviceTypeOf(addresses, context.parameters);
  for (const [index, { type, value = '', routability = '' }] of addresses.entries()) {
    const request: Requested = { field: `spec.addresses[${index}]`, type, value, routability };
    const problem = { object, severity: 'error', field: request.field } as const;
    if (!supportedTypes(settings).includes(type)) {
      const message = `Addresses of type ${type} are not supported.`;
      const fix = `Use ${supportedTypes(settings).join(' or ')}.`;
      unsupported.push({ ...problem, code: 'UnsupportedAddress', message, fix });
      continue;
    }
    const reason = settings.mode === 'standalone'
      ? unusableHere(request, usable, settings)
      : unusableInKubernetes(request, usable, { ...context, service });
    if (reason === undefined) usable.push(request);
    else {unusable.push({
        ...problem,
        code: isScoped(request) ? 'AddressNotAssigned' : 'AddressNotUsable',
        ...reason,
      });}
  }
  if (settings.mode === 'kubernetes') {
    return { address: settings.kubernetes?.bind ?? '0.0.0.0', requested: usable, unsupported, unusable };
  }
  const [first] = addresses.length === 0 ? [{ value: '' }] : usable;
  const address = first?.value === '' ? settings.bind : first?.value;
  return { requested: usable, unsupported, unusable, ...(address === undefined ? {} : { address }) };
}

function supportedTypes({ mode }: Settings): readonly string[] {
  return mode === 'standalone' ? ['IPAddress'] : ['IPAddress', 'Hostname'];
}

interface Reason {
  readonly message: string;
  readonly fix: string;
}

/** Why an address cannot be had beside those that can. */
function unusableHere(
  request: Requested,
  others: readonly Requested[],
  { bind }: Settings,
): Reason | undefined {
  const { value } = request;
  if (isScoped(request)) return unknownRoutability(request, 'Leave routability out: there is no cluster.');
  if (value !== '' && value !== bind && !isLoopback(value)) {
    return {
      message: `Address ${value} is neither ${bind} nor a loopback address.`,
      fix: 'Use an address of 127.0.0.0/8, or start with this address to bind.',
    };
  }
  return others.length === 0 ? undefined : second(value === '' ? bind : value);
}

/**
 * A Service can be asked for an IP address of its load balancer and for one of its own, by `loadBalancerIP` and
 * `clusterIP`; hostnames only come as they are.
 */
function unusableInKubernetes(
  request: Requested,
  others: readonly Requested[],
  { service, serviceRanges }: Pick<PlaceContext, 'serviceRanges'> & { readonly service: string },
): Reason | undefined {
  const { type, value, routability } = request;
  if (isScoped(request) && routability !== CLUSTER) {
    return unknownRoutability(request, `Use ${CLUSTER}, or leave routability out.`);
  }
  if (type !== 'IPAddress') {
    return routability === CLUSTER ? unknownRoutability(request, 'Use type IPAddress.') : undefined;
  }
  if (value === '') return undefined;
  const own = isOwnAddress(request, service);
  if (service === 'NodePort' && !own) {
    return {
      message: `Address ${value} cannot be asked for with a Service of type NodePort.`,
      fix: 'Use type LoadBalancer or ClusterIP, or leave the address out.',
    };
  }
  const rivals = others.filter((other) => other.type === type && isOwnAddress(other, service) === own);
  if (rivals.some((other) => other.value !== '')) return second(value);
  const ranges = own ? serviceRanges() : [];
  if (ranges.length === 0 || isWithin(value, ranges)) return undefined;
  return {
    message: `Address ${value} is not in ${ranges.join(' or ')}, where the cluster's Services are.`,
    fix: 'Use an address of Services, or leave the address out.',
  };
}

/** Whether the Service is to have the address itself, and not its load balancer. */
export function isOwnAddress({ type, routability }: Requested, service: string): boolean {
  return type === 'IPAddress' && (routability === CLUSTER || service === 'ClusterIP');
}

function unknownRoutability({ type, routability }: Requested, fix: string): Reason {
  return { message: `Routability ${routability} is not supported for addresses of type ${type}.`, fix };
}

function second(value: string): Reason {
  return {
    message: `Address ${value} is the Gateway's second; it can have one.`,
    fix: 'Leave all but one address out.',
  };
}

function isLoopback(value: string): boolean {
  return value === '::1' || (isIP(value) === 4 && value.startsWith('127.'));
}

/** The port that proxies bind: standalone mode shifts privileged ones. */
export function bindPortOf(port: number, { mode, privilegedPortShift }: Settings): number {
  return mode === 'standalone' && port < 1024 ? port + privilegedPortShift : port;
}
