import { createHmac } from 'node:crypto';

import { durationMs } from '../../lib/api/duration.ts';
import type { Gateway } from '../../lib/api/gateway.ts';
import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';
import { quantityValue } from '../../lib/api/quantity.ts';
import type { KubernetesSettings } from '../settings.ts';

/** How the proxies of a Gateway run: its parameters, with the values of what they leave open. */
export interface Proxy {
  readonly image: string;
  readonly logLevel: string;
  readonly concurrency?: number;
  readonly maxConnections?: number;
  readonly maxHeapBytes?: number;
  readonly resources: NonNullable<GatewayParametersSpec['resources']>;
  readonly drain: ProxyDrain;
}

export interface ProxyDrain {
  readonly minMs: number;
  readonly maxMs: number;
  /** Whoever knows it may drain the proxies of the Gateway. */
  readonly token: string;
}

const REQUESTS: Readonly<Record<string, string>> = { cpu: '100m', memory: '256Mi' };
const DRAIN = { min: '5s', max: '60s' } as const;

/** Of the memory that a proxy may have, what its heap may take; the rest is for what the heap does not count. */
const HEAP_SHARE = 0.9;

export interface ProxyContext {
  readonly parameters: GatewayParametersSpec;
  readonly settings: KubernetesSettings;
}

export function proxyOf(gateway: Gateway, { parameters, settings }: ProxyContext): Proxy {
  const { envoyImage, drainKey } = settings;
  const { image = envoyImage, logLevel = 'warning', maxConnections, resources } = parameters;
  const { cpu, memory } = resources?.limits ?? {};
  const concurrency = parameters.concurrency ??
    (cpu === undefined ? undefined : threadsFor(quantityValue(cpu)));
  return {
    image,
    logLevel,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(memory === undefined ? {} : { maxHeapBytes: Math.floor(quantityValue(memory) * HEAP_SHARE) }),
    resources: requested(resources),
    drain: { ...drainOf(parameters), token: drainToken(gateway, drainKey) },
  };
}

/** A limit counts as a request, as Kubernetes has it, so only what has neither is asked for here. */
function requested({ requests, limits }: GatewayParametersSpec['resources'] = {}): Proxy['resources'] {
  const open = Object.entries(REQUESTS).filter(([resource]) => limits?.[resource] === undefined);
  return {
    requests: { ...Object.fromEntries(open), ...requests },
    ...(limits === undefined ? {} : { limits }),
  };
}

function threadsFor(cpus: number): number {
  return Math.max(1, Math.ceil(cpus));
}

/** A minimum of the Gateway may be more than the maximum of its class, and then is both. */
function drainOf({ drain }: GatewayParametersSpec): Pick<ProxyDrain, 'minMs' | 'maxMs'> {
  const { min = DRAIN.min, max = DRAIN.max } = drain ?? {};
  const [minMs, maxMs] = [durationMs(min), durationMs(max)];
  if (drain?.min === undefined) return { minMs: Math.min(minMs, maxMs), maxMs };
  return { minMs, maxMs: Math.max(minMs, maxMs) };
}

/** Only who may read the Gateway's Deployment learns it; the Gateways of others tell nothing about it. */
function drainToken({ key, metadata: { uid = '' } }: Gateway, drainKey: string): string {
  return createHmac('sha256', drainKey).update(`${key} ${uid}`).digest('hex').slice(0, 32);
}
