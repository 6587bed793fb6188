import { create } from '@bufbuild/protobuf';
import {
  ApiVersion,
  type ConfigSource,
  ConfigSourceSchema,
} from './gen/envoy/config/core/v3/config_source_pb.ts';
import {
  type SdsSecretConfig,
  SdsSecretConfigSchema,
} from './gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts';
import { duration } from './duration.ts';

/** By the one delta ADS stream. Nothing times out: Envoy waits rather than serve half a configuration. */
export function ads(): ConfigSource {
  return create(ConfigSourceSchema, {
    resourceApiVersion: ApiVersion.V3,
    initialFetchTimeout: duration(0),
    configSourceSpecifier: { case: 'ads', value: {} },
  });
}

export function sds(name: string): SdsSecretConfig {
  return create(SdsSecretConfigSchema, { name, sdsConfig: ads() });
}
