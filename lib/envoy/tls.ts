import { create } from '@bufbuild/protobuf';
import type { DownstreamTls, SubjectAltName, TlsVersion, UpstreamTls } from '../model/mod.ts';
import { sds } from './ads.ts';
import { typedConfig } from './any.ts';
import { type TransportSocket, TransportSocketSchema } from './gen/envoy/config/core/v3/base_pb.ts';
import { QuicDownstreamTransportSchema } from './gen/envoy/extensions/transport_sockets/quic/v3/quic_transport_pb.ts';
import {
  type CertificateValidationContext,
  CertificateValidationContext_TrustChainVerification as Verification,
  CertificateValidationContextSchema,
  type SubjectAltNameMatcher,
  SubjectAltNameMatcher_SanType as SanType,
  SubjectAltNameMatcherSchema,
  type TlsParameters,
  TlsParameters_TlsProtocol as Protocol,
  TlsParametersSchema,
} from './gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts';
import {
  type CommonTlsContext,
  CommonTlsContextSchema,
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from './gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts';

/** Where proxies find the system's trust anchors. */
const SYSTEM_TRUST = '/etc/ssl/certs/ca-certificates.crt';

const PROTOCOLS: Readonly<Record<TlsVersion, Protocol>> = {
  '1.0': Protocol.TLSv1_0,
  '1.1': Protocol.TLSv1_1,
  '1.2': Protocol.TLSv1_2,
  '1.3': Protocol.TLSv1_3,
};

interface Versions {
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  readonly cipherSuites?: readonly string[];
  readonly ecdhCurves?: readonly string[];
}

/** TLS 1.2 at least, unless told otherwise, which is Envoy's own default for servers. */
function parameters(
  { minVersion = '1.2', maxVersion = '1.3', cipherSuites = [], ecdhCurves = [] }: Versions,
): TlsParameters {
  return create(TlsParametersSchema, {
    tlsMinimumProtocolVersion: PROTOCOLS[minVersion],
    tlsMaximumProtocolVersion: PROTOCOLS[maxVersion],
    cipherSuites: [...cipherSuites],
    ecdhCurves: [...ecdhCurves],
  });
}

/** Terminates TLS. With insecure fallback the client's certificate is asked for, and whatever comes is accepted. */
export function downstreamTls(tls: DownstreamTls): TransportSocket {
  const { clientValidation: validation } = tls;
  return create(TransportSocketSchema, {
    name: 'envoy.transport_sockets.tls',
    configType: typedConfig(DownstreamTlsContextSchema, {
      commonTlsContext: {
        tlsParams: parameters(tls),
        tlsCertificateSdsSecretConfigs: tls.certificates.map(sds),
        alpnProtocols: [...tls.alpn],
        ...(validation === undefined ? {} : {
          validationContextType: {
            case: 'combinedValidationContext',
            value: {
              defaultValidationContext: {
                trustChainVerification: validation.insecureFallback
                  ? Verification.ACCEPT_UNTRUSTED
                  : Verification.VERIFY_TRUST_CHAIN,
              },
              validationContextSdsSecretConfig: sds(validation.trust),
            },
          },
        }),
      },
      ...(validation === undefined ? {} : {
        requireClientCertificate: !validation.insecureFallback && validation.optional !== true,
      }),
    }),
  });
}

/**
 * Terminates QUIC, which is TLS 1.3 whatever else is said. No request comes as early data, which others could send again.
 */
export function downstreamQuic({ certificates }: DownstreamTls): TransportSocket {
  return create(TransportSocketSchema, {
    name: 'envoy.transport_sockets.quic',
    configType: typedConfig(QuicDownstreamTransportSchema, {
      downstreamTlsContext: {
        commonTlsContext: { tlsCertificateSdsSecretConfigs: certificates.map(sds), alpnProtocols: ['h3'] },
      },
      enableEarlyData: false,
    }),
  });
}

/** Originates TLS and verifies the name of the server, unless told that nobody asked for it. */
export function upstreamTls(tls: UpstreamTls, spoken: readonly string[]): TransportSocket {
  return create(TransportSocketSchema, {
    name: 'envoy.transport_sockets.tls',
    configType: typedConfig(UpstreamTlsContextSchema, {
      sni: tls.sni,
      commonTlsContext: create(CommonTlsContextSchema, {
        tlsParams: parameters(tls),
        tlsCertificateSdsSecretConfigs: tls.clientCertificate === undefined
          ? []
          : [sds(tls.clientCertificate)],
        alpnProtocols: [...(tls.alpn ?? spoken)],
        validationContextType: trust(tls),
      }),
    }),
  });
}

function trust(tls: UpstreamTls): CommonTlsContext['validationContextType'] {
  if (tls.trust.type === 'none') return { case: undefined };
  const names = tls.subjectAltNames ?? [{ type: 'DNS', value: tls.sni }];
  const context = create(CertificateValidationContextSchema, {
    matchTypedSubjectAltNames: names.map(altName),
    ...(tls.trust.type === 'system'
      ? { trustedCa: { specifier: { case: 'filename', value: SYSTEM_TRUST } } }
      : {}),
  });
  return tls.trust.type === 'system'
    ? { case: 'validationContext', value: context }
    : combined(context, tls.trust.secret);
}

function combined(
  defaultValidationContext: CertificateValidationContext,
  secret: string,
): CommonTlsContext['validationContextType'] {
  return create(CommonTlsContextSchema, {
    validationContextType: {
      case: 'combinedValidationContext',
      value: { defaultValidationContext, validationContextSdsSecretConfig: sds(secret) },
    },
  }).validationContextType;
}

/** Envoy matches DNS names exactly or by the certificate's own wildcard. */
function altName({ type, value }: SubjectAltName): SubjectAltNameMatcher {
  return create(SubjectAltNameMatcherSchema, {
    sanType: type === 'URI' ? SanType.URI : SanType.DNS,
    matcher: { matchPattern: { case: 'exact', value } },
  });
}
