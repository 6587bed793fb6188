import { z } from 'zod';

import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import { portNumberSchema } from './names.ts';
import type { KubeObject } from './object.ts';

/** Some of the endpoints of a Service, which the label `kubernetes.io/service-name` names. */
export interface EndpointSlice extends KubeObject {
  readonly kind: 'EndpointSlice';
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  /** Empty if the manifest has none. */
  readonly endpoints: readonly Endpoint[];
  readonly ports?: readonly EndpointPort[] | undefined;
}

export interface Endpoint {
  /** All reach the same endpoint. */
  readonly addresses: readonly string[];
  readonly conditions?: EndpointConditions | undefined;
  readonly zone?: string | undefined;
  readonly nodeName?: string | undefined;
}

/** Absent `ready` and `serving` mean true, absent `terminating` means false. */
export interface EndpointConditions {
  readonly ready?: boolean | undefined;
  readonly serving?: boolean | undefined;
  readonly terminating?: boolean | undefined;
}

export interface EndpointPort {
  /** The Service port's name; empty if that has none. */
  readonly name: string;
  /** Absent: all ports. */
  readonly port?: number | undefined;
  /** `TCP` by default. */
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly appProtocol?: string | undefined;
}

const addressFormats: Readonly<Record<EndpointSlice['addressType'], RegExp>> = {
  IPv4: z.regexes.ipv4,
  IPv6: z.regexes.ipv6,
  FQDN: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
};

function fittingAddresses(payload: z.core.ParsePayload<Manifest<EndpointSlice>>): void {
  const { addressType, endpoints } = payload.value;
  const format = addressFormats[addressType];
  for (const [index, { addresses }] of endpoints.entries()) {
    for (const [position, address] of addresses.entries()) {
      if (format.test(address)) continue;
      payload.issues.push({
        code: 'custom',
        message: `is not of addressType ${addressType}`,
        path: ['endpoints', index, 'addresses', position],
        input: address,
        continue: true,
      });
    }
  }
}

const endpointSchema = z.object({
  addresses: z.array(z.string()).min(1).max(100),
  conditions: z.object({
    ready: z.boolean().optional(),
    serving: z.boolean().optional(),
    terminating: z.boolean().optional(),
  }).optional(),
  zone: z.string().optional(),
  nodeName: z.string().optional(),
});

const portSchema = z.object({
  name: z.string().default(''),
  port: portNumberSchema.optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  appProtocol: z.string().optional(),
});

export const endpointSliceSchema: z.ZodType<Manifest<EndpointSlice>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('EndpointSlice'),
  metadata: namespacedMetaSchema,
  addressType: z.enum(['IPv4', 'IPv6', 'FQDN']),
  endpoints: z.array(endpointSchema).max(1000).default(() => []),
  ports: z.array(portSchema).max(100).optional(),
}).check(fittingAddresses);
