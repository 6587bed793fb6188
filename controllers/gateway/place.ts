import { isIP } from 'node:net';

import type { Gateway } from '../../lib/api/gateway.ts';
import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { Settings } from '../settings.ts';
import { sourceOf } from './listeners.ts';

/** An address of `spec.addresses`; an empty value stands for any of the type. */
export interface Requested {
  readonly type: string;
  readonly value: string;
}

/** Where the proxies of a Gateway listen. */
export interface Place {
  /** Absent if no address that the Gateway asks for can be had. */
  readonly address?: string;
  /** Addresses that it asks for and may get. */
  readonly requested: readonly Requested[];
  /** Reasons of `Accepted: UnsupportedAddress`. */
  readonly unsupported: readonly Diagnostic[];
  /** Reasons of `Programmed: AddressNotUsable`. */
  readonly unusable: readonly Diagnostic[];
}

export interface PlaceContext {
  readonly settings: Settings;
  readonly parameters: GatewayParametersSpec;
}

/**
 * The address that `spec.addresses` gives a Gateway. Standalone: the bind address, or one loopback address of its own. In
 * Kubernetes proxies bind all addresses of their Pods, and the platform assigns what clients see.
 */
export function placeOf(gateway: Gateway, context: PlaceContext): Place {
  const { object } = sourceOf(gateway);
  const { settings } = context;
  const requested = gateway.spec.addresses ?? [];
  const unsupported: Diagnostic[] = [];
  const unusable: Diagnostic[] = [];
  const usable: Requested[] = [];
  for (const [index, { type, value = '', routability = '' }] of requested.entries()) {
    const problem = { object, severity: 'error', field: `spec.addresses[${index}]` } as const;
    if (!supportedTypes(settings).includes(type)) {
      const message = `Addresses of type ${type} are not supported.`;
      const fix = `Use ${supportedTypes(settings).join(' or ')}.`;
      unsupported.push({ ...problem, code: 'UnsupportedAddress', message, fix });
      continue;
    }
    const reason = routability === ''
      ? unusableReason({ type, value }, usable, context)
      : { message: `Routability ${routability} is not supported.`, fix: 'Leave routability out.' };
    if (reason === undefined) usable.push({ type, value });
    else unusable.push({ ...problem, code: 'AddressNotUsable', ...reason });
  }
  if (settings.mode === 'kubernetes') {
    return { address: settings.kubernetes?.bind ?? '0.0.0.0', requested: usable, unsupported, unusable };
  }
  const [first] = requested.length === 0 ? [{ value: '' }] : usable;
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
function unusableReason(
  address: Requested,
  others: readonly Requested[],
  context: PlaceContext,
): Reason | undefined {
  return context.settings.mode === 'standalone'
    ? unusableHere(address, others, context.settings)
    : unusableInKubernetes(address, others, context.parameters);
}

function unusableHere(
  { value }: Requested,
  others: readonly Requested[],
  { bind }: Settings,
): Reason | undefined {
  if (value !== '' && value !== bind && !isLoopback(value)) {
    return {
      message: `Address ${value} is neither ${bind} nor a loopback address.`,
      fix: 'Use an address of 127.0.0.0/8, or start with this address to bind.',
    };
  }
  return others.length === 0 ? undefined : second(value === '' ? bind : value);
}

/** A Service can be asked for one IP address, by `loadBalancerIP` or `clusterIP`; hostnames only come as they are. */
function unusableInKubernetes(
  { type, value }: Requested,
  others: readonly Requested[],
  { service }: GatewayParametersSpec,
): Reason | undefined {
  if (type !== 'IPAddress' || value === '') return undefined;
  if (service?.type === 'NodePort') {
    return {
      message: `Address ${value} cannot be asked for with a Service of type NodePort.`,
      fix: 'Use type LoadBalancer or ClusterIP, or leave the address out.',
    };
  }
  return others.some((other) => other.type === type && other.value !== '') ? second(value) : undefined;
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
