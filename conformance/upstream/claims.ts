import type { Channel } from '../../hack/crds/upstream.ts';

/** The release of the suite that conformance/suite/go.mod pins. */
export const SUITE_VERSION = 'v1.7.0';

/** Profiles that Dragoman claims: all of their tests must pass. */
export const CLAIMED_PROFILES: readonly string[] = [
  'GATEWAY-HTTP',
  'GATEWAY-GRPC',
  'GATEWAY-TLS',
  'GATEWAY-TCP',
  'GATEWAY-UDP',
];

/** What the README claims, for `--matrix`. */
export const MATRIX: readonly Channel[] = ['standard', 'experimental'];

/** Who claims, as upstream's reports say it. */
export const IMPLEMENTATION = {
  organization: 'dragoman',
  project: 'dragoman',
  url: 'https://github.com/dragoman/dragoman',
  contact: 'https://github.com/dragoman/dragoman/issues',
} as const;
