import { any, typedConfig } from './any.ts';
import { FILTERS } from './filters.ts';
import { HeaderValueOption_HeaderAppendAction as Append } from './gen/envoy/config/core/v3/base_pb.ts';
import {
  ExtensionWithMatcherSchema,
} from './gen/envoy/extensions/common/matching/v3/extension_matcher_pb.ts';
import {
  CompositeSchema,
  ExecuteFilterActionSchema,
} from './gen/envoy/extensions/filters/http/composite/v3/composite_pb.ts';
import { HeaderMutationSchema } from './gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb.ts';
import { HttpRequestHeaderMatchInputSchema } from './gen/envoy/type/matcher/v3/http_inputs_pb.ts';

/** Base64 of 16 bytes, as servers want it: seconds and nanoseconds, and what is missing to the length. */
const KEY = '%START_TIME(%s%9f)%wsA==';

/**
 * Gives WebSockets that clients open over HTTP/2 the `Sec-WebSocket-Key` that those clients do not send (RFC 8441), and that
 * servers for HTTP/1.1 insist on; Envoy itself adds none. It has to be no secret, only new each time.
 */
export function websocketKey(): ReturnType<typeof typedConfig> {
  const mutation = any(HeaderMutationSchema, {
    mutations: {
      requestMutations: [{
        action: {
          case: 'append',
          value: {
            header: { key: 'sec-websocket-key', value: KEY },
            appendAction: Append.ADD_IF_ABSENT,
          },
        },
      }],
    },
  });
  const add = { name: FILTERS.websocketKey, typedConfig: mutation };
  const onMatch = {
    case: 'action',
    value: { name: 'add', typedConfig: any(ExecuteFilterActionSchema, { typedConfig: add }) },
  } as const;
  return typedConfig(ExtensionWithMatcherSchema, {
    extensionConfig: { name: 'composite', typedConfig: any(CompositeSchema) },
    xdsMatcher: {
      matcherType: {
        case: 'matcherTree',
        value: {
          input: {
            name: 'upgrade',
            typedConfig: any(HttpRequestHeaderMatchInputSchema, { headerName: 'upgrade' }),
          },
          treeType: { case: 'exactMatchMap', value: { map: { websocket: { onMatch } } } },
        },
      },
    },
  });
}
