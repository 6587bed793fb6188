import type { Channel } from '../../hack/crds/upstream.ts';

/** Releases of the suite, the newest first, each with its own definitions; conformance/suite pins them. */
export const SUITES = ['v1.7.0', 'v1.6.3'] as const;

export type Suite = (typeof SUITES)[number];

export const NEWEST_SUITE: Suite = SUITES[0];

/** Profiles that Dragoman claims: all of their tests must pass. */
export const CLAIMED_PROFILES: readonly string[] = [
  'GATEWAY-HTTP',
  'GATEWAY-GRPC',
  'GATEWAY-TLS',
  'GATEWAY-TCP',
  'GATEWAY-UDP',
];

/** What the README claims, for `--matrix`. */
export const MATRIX: readonly { readonly suite: Suite; readonly channel: Channel }[] = SUITES.flatMap((
  suite,
) => (['standard', 'experimental'] as const).map((channel) => ({ suite, channel })));

/** Who claims, as upstream's reports say it. */
export const IMPLEMENTATION = {
  organization: 'dragoman',
  project: 'dragoman',
  url: 'https://github.com/dragoman/dragoman',
  contact: 'https://github.com/dragoman/dragoman/issues',
} as const;
