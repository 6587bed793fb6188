import { create } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import { MISDIRECT_HEADER, type RouteConfig } from '../model/mod.ts';
import { ads } from './ads.ts';
import {
  type HeaderValueOption,
  HeaderValueOption_HeaderAppendAction as Append,
  HeaderValueOptionSchema,
} from './gen/envoy/config/core/v3/base_pb.ts';
import { RouteConfigurationSchema } from './gen/envoy/config/route/v3/route_pb.ts';
import { checksConfig, closedConfig, needsOf } from './request-checks.ts';
import type { Resource } from './resource.ts';
import { seal } from './seal.ts';

/** Bytes of a response that a route gives itself. Envoy's own limit is 4 KiB, and what exceeds it is refused. */
const RESPONSE_LIMIT = 1024 * 1024;

/** How long clients may remember that there is HTTP/3 (s): so long some try it in vain once it is switched off. */
const ALT_SVC_AGE = 3_600;

/** What all virtual hosts of a port share; they come by VHDS, so that an edit costs Envoy one host and not the whole table. */
export function encodeRouteConfiguration(config: RouteConfig): Resource {
  const { checks } = config;
  return encode(config, {
    filters: checks === undefined ? {} : checksConfig(checks),
    needs: checks === undefined ? [] : needsOf(checks),
  });
}

/** In place of one whose checks Envoy refused: nobody gets past them. */
export function encodeClosedRouteConfiguration(config: RouteConfig): Resource {
  return encode(config, { filters: closedConfig(), needs: [] });
}

interface Checked {
  readonly filters: Record<string, Any>;
  readonly needs: readonly string[];
}

function encode({ key, port, http3 }: RouteConfig, { filters, needs }: Checked): Resource {
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
      responseHeadersToAdd: http3 !== undefined ? [altSvc(port)] : [],
      typedPerFilterConfig: filters,
    }),
    { type: 'RouteConfiguration', name: key, needs },
  );
}

/** Where there is HTTP/3 (RFC 7838). What a backend says of itself does not hold for its clients here. */
function altSvc(port: number): HeaderValueOption {
  return create(HeaderValueOptionSchema, {
    header: { key: 'alt-svc', value: `h3=":${port}"; ma=${ALT_SVC_AGE}` },
    appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD,
  });
}
