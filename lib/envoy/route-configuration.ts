import { create } from '@bufbuild/protobuf';
import { MISDIRECT_HEADER, type RouteConfig } from '../model/mod.ts';
import { ads } from './ads.ts';
import {
  type HeaderValueOption,
  HeaderValueOption_HeaderAppendAction as Append,
  HeaderValueOptionSchema,
} from './gen/envoy/config/core/v3/base_pb.ts';
import { RouteConfigurationSchema } from './gen/envoy/config/route/v3/route_pb.ts';
import type { Resource } from './resource.ts';
import { seal } from './seal.ts';

/** Bytes of a response that a route gives itself. Envoy's own limit is 4 KiB, and what exceeds it is refused. */
const RESPONSE_LIMIT = 1024 * 1024;

/** How long clients may remember that there is HTTP/3 (s): so long some try it in vain once it is switched off. */
const ALT_SVC_AGE = 3_600;

/** What all virtual hosts of a port share; they come by VHDS, so that an edit costs Envoy one host and not the whole table. */
export function encodeRouteConfiguration({ key, port, http3 }: RouteConfig): Resource {
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
      responseHeadersToAdd: http3 === true ? [altSvc(port)] : [],
    }),
    { type: 'RouteConfiguration', name: key },
  );
}

/** Where there is HTTP/3 (RFC 7838). What a backend says of itself does not hold for its clients here. */
function altSvc(port: number): HeaderValueOption {
  return create(HeaderValueOptionSchema, {
    header: { key: 'alt-svc', value: `h3=":${port}"; ma=${ALT_SVC_AGE}` },
    appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD,
  });
}
