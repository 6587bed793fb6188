import { z } from 'zod';

import { type Manifest, serviceMetaSchema } from './manifest.ts';
import { namespaceNameSchema, portNumberSchema } from './names.ts';
import type { KubeObject } from './object.ts';
import { text } from './text.ts';

/** The fields of a Service that anything here reads. */
export interface Service extends KubeObject {
  readonly kind: 'Service';
  readonly spec: ServiceSpec;
}

export interface ServiceSpec {
  /** `ClusterIP` by default. */
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** Absent before one is assigned; `None` for headless Services. */
  readonly clusterIP?: string | undefined;
  readonly externalName?: string | undefined;
  readonly ports?: readonly ServicePort[] | undefined;
}

export interface ServicePort {
  /** Absent only if it is the only port. */
  readonly name?: string | undefined;
  readonly port: number;
  /** A number, or the name of a container's port; `port` by default. */
  readonly targetPort: number | string;
  /** `TCP` by default. */
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  /** Such as `kubernetes.io/h2c` or `kubernetes.io/ws`. */
  readonly appProtocol?: string | undefined;
}

const portSchema = z.object({
  name: namespaceNameSchema.optional(),
  port: portNumberSchema,
  targetPort: z.union([portNumberSchema, text({ min: 1, max: 63 })]).optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  appProtocol: z.string().optional(),
}).transform((port): ServicePort => ({ ...port, targetPort: port.targetPort ?? port.port }));

function distinctPorts(payload: z.core.ParsePayload<ServicePort[]>): void {
  const names = new Set<string | undefined>();
  const ports = new Set<string>();
  for (const [index, { name, port, protocol }] of payload.value.entries()) {
    if (names.has(name)) {
      const message = name === undefined
        ? 'is required for each of several ports'
        : 'another port has the same name';
      payload.issues.push({ code: 'custom', message, path: [index, 'name'], input: name, continue: true });
    }
    if (ports.has(`${protocol} ${port}`)) {
      const message = 'another port has the same number and protocol';
      payload.issues.push({ code: 'custom', message, path: [index, 'port'], input: port, continue: true });
    }
    names.add(name);
    ports.add(`${protocol} ${port}`);
  }
}

export const serviceSchema: z.ZodType<Manifest<Service>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('Service'),
  metadata: serviceMetaSchema,
  spec: z.object({
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).default('ClusterIP'),
    clusterIP: z.string().optional(),
    externalName: z.string().optional(),
    ports: z.array(portSchema).check(distinctPorts).optional(),
  }).default(() => ({ type: 'ClusterIP' as const })),
});
