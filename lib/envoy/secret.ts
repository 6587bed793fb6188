import { create } from '@bufbuild/protobuf';
import type { Secret } from '../model/mod.ts';
import {
  type Secret as EnvoySecret,
  SecretSchema,
} from './gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts';
import type { Resource } from './resource.ts';
import { seal } from './seal.ts';

/** A certificate with its key, or trust anchors, as SDS delivers them. */
export function encodeSecret(secret: Secret): Resource {
  return seal(SecretSchema, message(secret), { type: 'Secret', name: secret.key });
}

function message(secret: Secret): EnvoySecret {
  if (secret.type === 'trust') {
    return create(SecretSchema, {
      name: secret.key,
      type: {
        case: 'validationContext',
        value: {
          trustedCa: { specifier: { case: 'inlineString', value: secret.bundle } },
          ...(secret.revoked === undefined
            ? {}
            : { crl: { specifier: { case: 'inlineString', value: secret.revoked } } }),
        },
      },
    });
  }
  return create(SecretSchema, {
    name: secret.key,
    type: {
      case: 'tlsCertificate',
      value: {
        certificateChain: { specifier: { case: 'inlineString', value: secret.chain } },
        privateKey: { specifier: { case: 'inlineString', value: secret.privateKey } },
      },
    },
  });
}
