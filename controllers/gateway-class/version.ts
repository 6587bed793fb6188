import type { Condition } from '../../lib/api/condition.ts';
import type { InstalledDefinition } from '../flow.ts';

/** The version of the Gateway API whose kinds are decoded and served. */
export const GATEWAY_API_VERSION = 'v1.7.0';

const SUPPORTED = /^v1\.7\.\d+(-|$)/;

/** Whether a definition has all fields that features need; without a version nothing speaks against it. */
export function isSupported({ bundleVersion }: InstalledDefinition): boolean {
  return bundleVersion === undefined || SUPPORTED.test(bundleVersion);
}

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>;

/** `SupportedVersion` of a GatewayClass, by the definitions that are installed. */
export function supportedVersion(installed: readonly InstalledDefinition[]): Verdict {
  const others = installed.filter((each) => !isSupported(each));
  if (others.length > 0) {
    const versions = Array.from(new Set(others.map(({ bundleVersion = '' }) => bundleVersion))).sort().join(
      ', ',
    );
    const kinds = others.map(({ key }) => key).sort().join(', ');
    return {
      status: 'False',
      reason: 'UnsupportedVersion',
      message:
        `Gateway API ${versions} is installed (${kinds}); ${GATEWAY_API_VERSION} is supported. What both know is served.`,
    };
  }
  const unknown = installed.every(({ bundleVersion }) => bundleVersion === undefined);
  if (installed.length > 0 && unknown) {
    return {
      status: 'Unknown',
      reason: 'Unknown',
      message:
        `The installed definitions do not tell their version, or may not be read; ${GATEWAY_API_VERSION} is supported.`,
    };
  }
  return {
    status: 'True',
    reason: 'SupportedVersion',
    message: `Gateway API ${GATEWAY_API_VERSION} is supported.`,
  };
}
