import { isIP } from 'node:net';

import type { Gateway } from '../../lib/api/gateway.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { Settings } from '../settings.ts';
import { sourceOf } from './listeners.ts';

/** Where the proxies of a Gateway listen. */
export interface Place {
  /** Absent if no address that the Gateway asks for can be had. */
  readonly address?: string;
  /** Reasons of `Accepted: UnsupportedAddress`. */
  readonly unsupported: readonly Diagnostic[];
  /** Reasons of `Programmed: AddressNotUsable`. */
  readonly unusable: readonly Diagnostic[];
}

/**
 * The address that `spec.addresses` gives a Gateway. Standalone: the bind address, or one loopback address of its own. In
 * Kubernetes proxies bind all addresses of their Pods, and the platform assigns what clients see.
 */
export function placeOf(gateway: Gateway, settings: Settings): Place {
  const { object } = sourceOf(gateway);
  const { spec } = gateway;
  const unsupported: Diagnostic[] = [];
  const unusable: Diagnostic[] = [];
  const usable: string[] = [];
  for (const [index, { type, value = '', routability = '' }] of (spec.addresses ?? []).entries()) {
    const problem = { object, severity: 'error', field: `spec.addresses[${index}]` } as const;
    if (!supportedTypes(settings).includes(type)) {
      const message = `Addresses of type ${type} are not supported.`;
      const fix = `Use ${supportedTypes(settings).join(' or ')}.`;
      unsupported.push({ ...problem, code: 'UnsupportedAddress', message, fix });
    } else if (routability !== '') {
      const message = `Routability ${routability} is not supported.`;
      unusable.push({ ...problem, code: 'AddressNotUsable', message, fix: 'Leave routability out.' });
    } else if (
      settings.mode === 'standalone' && value !== '' && value !== settings.bind && !isLoopback(value)
    ) {
      const message = `Address ${value} is neither ${settings.bind} nor a loopback address.`;
      const fix = 'Use an address of 127.0.0.0/8, or start with this address to bind.';
      unusable.push({ ...problem, code: 'AddressNotUsable', message, fix });
    } else if (settings.mode === 'standalone' && usable.length > 0) {
      const message = `Address ${
        value === '' ? settings.bind : value
      } is the Gateway's second; it can have one.`;
      unusable.push({ ...problem, code: 'AddressNotUsable', message, fix: 'Leave all but one address out.' });
    } else {
      usable.push(value === '' ? settings.bind : value);
    }
  }
  if (settings.mode === 'kubernetes') return { address: '0.0.0.0', unsupported, unusable };
  const [address] = (spec.addresses ?? []).length === 0 ? [settings.bind] : usable;
  return address === undefined ? { unsupported, unusable } : { address, unsupported, unusable };
}

function supportedTypes({ mode }: Settings): readonly string[] {
  return mode === 'standalone' ? ['IPAddress'] : ['IPAddress', 'Hostname'];
}

function isLoopback(value: string): boolean {
  return value === '::1' || (isIP(value) === 4 && value.startsWith('127.'));
}

/** The port that proxies bind: standalone mode shifts privileged ones. */
export function bindPortOf(port: number, { mode, privilegedPortShift }: Settings): number {
  return mode === 'standalone' && port < 1024 ? port + privilegedPortShift : port;
}
