import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import type { AccessRules, ClientRange } from '../model/mod.ts';
import { any } from './any.ts';
import { FILTERS } from './filters.ts';
import { type PrincipalSchema, RBAC_Action as Action } from './gen/envoy/config/rbac/v3/rbac_pb.ts';
import { RBACPerRouteSchema } from './gen/envoy/extensions/filters/http/rbac/v3/rbac_pb.ts';

/** Configuration of a RouteConfiguration for which clients may come in. Others get 403. */
export function accessConfig({ action, clients }: AccessRules): Record<string, Any> {
  return {
    [FILTERS.access]: any(RBACPerRouteSchema, {
      rbac: {
        rules: {
          action: action === 'allow' ? Action.ALLOW : Action.DENY,
          policies: {
            clients: {
              permissions: [{ rule: { case: 'any', value: true } }],
              principals: clients.map(principal),
            },
          },
        },
      },
    }),
  };
}

function principal({ of, address, length }: ClientRange): MessageInitShape<typeof PrincipalSchema> {
  const value = { addressPrefix: address, prefixLen: length };
  return { identifier: of === 'peer' ? { case: 'directRemoteIp', value } : { case: 'remoteIp', value } };
}
