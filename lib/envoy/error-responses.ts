import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import type { ErrorResponse } from '../model/mod.ts';
import { any } from './any.ts';
import { FILTERS } from './filters.ts';
import { HeaderValueOption_HeaderAppendAction as Append } from './gen/envoy/config/core/v3/base_pb.ts';
import { FilterConfigSchema } from './gen/envoy/config/route/v3/route_components_pb.ts';
import {
  type CustomResponse,
  CustomResponseSchema,
} from './gen/envoy/extensions/filters/http/custom_response/v3/custom_response_pb.ts';
import { LocalResponsePolicySchema } from './gen/envoy/extensions/http/custom_response/local_response_policy/v3/local_response_policy_pb.ts';
import { HttpResponseStatusCodeMatchInputSchema } from './gen/envoy/type/matcher/v3/status_code_input_pb.ts';

/** Other bodies for errors, by their status; the first of several for one status. */
export function errorResponses(responses: readonly ErrorResponse[]): CustomResponse {
  if (responses.length === 0) return create(CustomResponseSchema);
  const byStatus = new Map<string, ErrorResponse>();
  for (const response of responses.toSorted((a, b) => a.status - b.status)) {
    if (!byStatus.has(String(response.status))) byStatus.set(String(response.status), response);
  }
  return create(CustomResponseSchema, {
    customResponseMatcher: {
      matcherType: {
        case: 'matcherTree',
        value: {
          input: { name: 'status', typedConfig: any(HttpResponseStatusCodeMatchInputSchema) },
          treeType: {
            case: 'exactMatchMap',
            value: {
              map: Object.fromEntries(
                [...byStatus].map(([status, response]) => [status, {
                  onMatch: {
                    case: 'action' as const,
                    value: {
                      name: 'body',
                      typedConfig: any(LocalResponsePolicySchema, policy(response)),
                    },
                  },
                }]),
              ),
            },
          },
        },
      },
    },
  });
}

function policy({ body, contentType }: ErrorResponse): MessageInitShape<typeof LocalResponsePolicySchema> {
  const type = contentType ?? (body.type === 'json' ? 'application/json' : 'text/plain');
  return {
    bodyFormat: {
      format: body.type === 'json' ? { case: 'jsonFormat', value: { ...body.fields } } : {
        case: 'textFormatSource',
        value: { specifier: { case: 'inlineString', value: body.format } },
      },
    },
    responseHeadersToAdd: [{
      header: { key: 'content-type', value: type.replaceAll('%', '%%') },
      appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD,
    }],
  };
}

/** The settings of a route with errors of its own. */
export function ownErrorConfig(responses: readonly ErrorResponse[]): Record<string, Any> {
  return responses.length === 0
    ? {}
    : { [FILTERS.ownErrors]: any(CustomResponseSchema, errorResponses(responses)) };
}

/** Those of the port are left out altogether then, also for statuses that only the port has. */
export function withoutErrorsOfPort(): Record<string, Any> {
  return { [FILTERS.errors]: any(FilterConfigSchema, { disabled: true }) };
}
