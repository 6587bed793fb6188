import { z } from 'zod';
import type { RefusalReport } from './events.ts';
import type { DeliveryReport } from './delivery.ts';

/** What Envoys of a fleet refused. */
export type FleetRefusal = RefusalReport & { readonly fleet: string };

/** What replicas of the controller tell each other; every part is a change since the last message. */
export interface PeerMessage {
  readonly report?: DeliveryReport | undefined;
  readonly refusals?: readonly FleetRefusal[] | undefined;
}

const schema: z.ZodType<PeerMessage> = z.object({
  report: z.object({
    fleets: z.array(z.object({ fleet: z.string(), proxies: z.int().min(0) })),
    delivered: z.array(
      z.object({
        key: z.string(),
        version: z.string().nullable().transform((version) => version ?? undefined),
      }),
    ),
    whole: z.boolean().optional(),
  }).optional(),
  refusals: z.array(
    z.object({
      fleet: z.string(),
      hash: z.string(),
      message: z.string(),
      resource: z.string(),
      source: z.string().exactOptional(),
    }),
  ).optional(),
});

/** JSON, since a replica of another version must be able to read what it knows of it. */
export function encodeMessage({ report, refusals }: PeerMessage): Buffer {
  const delivered = report?.delivered.map(({ key, version }) => ({ key, version: version ?? null }));
  return Buffer.from(
    JSON.stringify({ ...(report === undefined ? {} : { report: { ...report, delivered } }), refusals }),
  );
}

/** Throws on anything else than a message: the stream is ended then. */
export function decodeMessage(bytes: Buffer): PeerMessage {
  return schema.parse(JSON.parse(bytes.toString('utf8')));
}
