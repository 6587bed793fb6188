import { z } from 'zod';

import { clusterMetaSchema, type Manifest } from './manifest.ts';
import type { KubeObject } from './object.ts';

/** Where the cluster takes addresses of Services from (networking.k8s.io). */
export interface ServiceCIDR extends KubeObject {
  readonly kind: 'ServiceCIDR';
  readonly spec: {
    /** Such as `10.96.0.0/16`; one of each family at most. */
    readonly cidrs: readonly string[];
  };
}

export const serviceCIDRSchema: z.ZodType<Manifest<ServiceCIDR>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('ServiceCIDR'),
  metadata: clusterMetaSchema,
  spec: z.object({ cidrs: z.array(z.union([z.cidrv4(), z.cidrv6()])).max(2).default(() => []) }),
});
