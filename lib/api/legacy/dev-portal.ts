import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { camel } from './parts/camel.ts';
import { msSchema } from './parts/scalars.ts';

/** Read so that it can be stored and checked; nothing here serves a developer portal, and Emissary does not either. */
export interface DevPortal extends KubeObject {
  readonly kind: 'DevPortal';
  readonly spec: DevPortalSpec;
}

export interface DevPortalSpec extends Addressed {
  readonly default?: boolean | undefined;
  readonly content?: DevPortalContent | undefined;
  readonly docs?: readonly DevPortalDocs[] | undefined;
  readonly selector?: DevPortalSelector | undefined;
  readonly namingScheme?: 'namespace.name' | 'name.prefix' | undefined;
  readonly search?: DevPortalSearch | undefined;
  readonly preserveServers?: boolean | undefined;
}

export interface DevPortalContent {
  readonly url?: string | undefined;
  readonly branch?: string | undefined;
  readonly dir?: string | undefined;
}

export interface DevPortalDocs {
  readonly service?: string | undefined;
  readonly url?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface DevPortalSelector {
  readonly matchNamespaces?: readonly string[] | undefined;
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
}

export interface DevPortalSearch {
  readonly enabled?: boolean | undefined;
  readonly type?: 'title-only' | 'all-content' | undefined;
}

/** The `spec` of a DevPortal of any version; v0 has none. */
export const devPortalSpec: z.ZodType<DevPortalSpec> = z.object({
  ambassador_id: ambassadorIdField,
  default: z.boolean().optional(),
  content: z.object({
    url: z.string().optional(),
    branch: z.string().optional(),
    dir: z.string().optional(),
  }).optional(),
  docs: z.array(
    z.object({
      service: z.string().optional(),
      url: z.string().optional(),
      timeout_ms: msSchema.optional(),
    }).transform(camel),
  ).optional(),
  selector: z.object({
    matchNamespaces: z.array(z.string()).optional(),
    matchLabels: z.record(z.string(), z.string()).optional(),
  }).optional(),
  naming_scheme: z.enum(['namespace.name', 'name.prefix']).optional(),
  search: z.object({
    enabled: z.boolean().optional(),
    type: z.enum(['title-only', 'all-content']).optional(),
  }).optional(),
  preserve_servers: z.boolean().optional(),
}).transform(({ ambassador_id, ...rest }) => ({
  ...camel(rest),
  ambassadorIds: ambassadorIdsOf(ambassador_id),
}));
