import { create } from '@bufbuild/protobuf';
import { MISDIRECT_HEADER, type RouteConfig } from '../model/mod.ts';
import { ads } from './ads.ts';
import { RouteConfigurationSchema } from './gen/envoy/config/route/v3/route_pb.ts';
import type { Resource } from './resource.ts';
import { seal } from './seal.ts';

/** Bytes of a response that a route gives itself. Envoy's own limit is 4 KiB, and what exceeds it is refused. */
const RESPONSE_LIMIT = 1024 * 1024;

/** What all virtual hosts of a port share; they come by VHDS, so that an edit costs Envoy one host and not the whole table. */
export function encodeRouteConfiguration({ key }: RouteConfig): Resource {
  return seal(
    RouteConfigurationSchema,
    create(RouteConfigurationSchema, {
      name: key,
      vhds: { configSource: ads() },
      ignorePortInHostMatching: true,
      maxDirectResponseBodySizeBytes: RESPONSE_LIMIT,
      // What a route says of a header comes after what all share.
      mostSpecificHeaderMutationsWins: true,
      requestHeadersToRemove: [MISDIRECT_HEADER],
    }),
    { type: 'RouteConfiguration', name: key },
  );
}
