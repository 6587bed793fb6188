import { z } from 'zod';

import { isHostname, isSubdomain } from './names.ts';
import { itemRule, rule } from './rule.ts';
import { text } from './text.ts';

interface Address {
  readonly type: string;
  readonly value?: string | undefined;
}

const addressType =
  /^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

export const addressTypeSchema: z.ZodDefault<z.ZodType<string>> = (text({ min: 1, max: 253 })
  .regex(addressType, 'IPAddress, Hostname, NamedAddress, or domain/name') as z.ZodType<string>)
  .default('IPAddress');

export const routabilitySchema: z.ZodType<string> = text({ max: 253 }).check(
  rule<string>('591bc5c2', (text) => text === '' || text === 'Cluster' || isOwnRoutability(text), {
    message: 'is not Cluster, empty, or domain/name with a domain outside k8s.io',
  }),
);

function isOwnRoutability(text: string): boolean {
  const [domain = '', ...name] = text.split('/');
  return name.join('/') !== '' && isSubdomain(domain) && domain !== 'k8s.io' && !domain.endsWith('.k8s.io');
}

/** The rules of one address; the one about hostnames differs between spec and status. */
export function addressRules(hostnameRule: string): z.core.$ZodCheck<Address>[] {
  return [
    rule<Address>(
      hostnameRule,
      ({ type, value }) => type !== 'Hostname' || value === undefined || isHostname(value),
      {
        message: 'is not a hostname',
        path: ['value'],
      },
    ),
    // Upstream says it as an OpenAPI oneOf of formats.
    rule<Address>(
      '9d65bf17',
      ({ type, value }) => type !== 'IPAddress' || value === undefined || isAddress(value),
      {
        message: 'is not an IPv4 or IPv6 address',
        path: ['value'],
      },
    ),
  ];
}

function isAddress(value: string): boolean {
  return z.regexes.ipv4.test(value) || z.regexes.ipv6.test(value);
}

/** No address is asked for twice. */
export const addressListRules: readonly z.core.$ZodCheck<readonly Address[]>[] = [
  itemRule<Address>('1ff45617', (address, list) => !isRepeated(address, { type: 'IPAddress', list }), {
    message: 'another address has the same value',
    path: ['value'],
  }),
  itemRule<Address>('43360f8a', (address, list) => !isRepeated(address, { type: 'Hostname', list }), {
    message: 'another address has the same value',
    path: ['value'],
  }),
];

function isRepeated(
  address: Address,
  among: { readonly type: string; readonly list: readonly Address[] },
): boolean {
  if (address.type !== among.type || address.value === undefined) return false;
  return among.list.some((other) =>
    other !== address && other.type === address.type && other.value === address.value
  );
}
