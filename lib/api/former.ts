/** Fields of Gateway API v1.6, experimental channel, that v1.7 writes in another way. */

import { isMapping } from './known-fields.ts';
import type { Problem } from './problem.ts';
import type { Path } from './rule.ts';

type Mapping = Readonly<Record<string, unknown>>;

export interface FormerOptions {
  /**
   * The API server has checked the object against the definitions that it has, which may be those of v1.6. Otherwise such
   * fields are warned of, and what could be either is taken for v1.7.
   */
  readonly stored: boolean;
  readonly problems: Problem[];
}

/** Of header-based sessions without a name, which v1.6 allows. */
const HEADER_NAME = 'dragoman-session';

/** The manifest with such fields as v1.7 writes them; what is not of v1.6 stays as it is, right or wrong. */
export function withoutFormer(manifest: Mapping, options: FormerOptions): Mapping {
  const { kind, spec } = manifest;
  if (!isMapping(spec)) return manifest;
  if (kind === 'HTTPRoute' || kind === 'GRPCRoute') {
    const { rules } = spec;
    if (!Array.isArray(rules)) return manifest;
    const changed = rules.map((rule: unknown, index) =>
      isMapping(rule) ? withSession(rule, ['spec', 'rules', index], options) : rule
    );
    return changed.every((rule, index) => rule === rules[index])
      ? manifest
      : { ...manifest, spec: { ...spec, rules: changed } };
  }
  if (kind === 'XBackendTrafficPolicy') {
    const changed = withSession(spec, ['spec'], options);
    return changed === spec ? manifest : { ...manifest, spec: changed };
  }
  if (kind === 'XBackend' && isMapping(spec.port) && spec.port.port !== undefined) {
    const { port: number, name: _, ...port } = spec.port;
    warn('port', ['spec', 'port'], 'number', options);
    return { ...manifest, spec: { ...spec, port: { number, ...port } } };
  }
  return manifest;
}

function withSession(holder: Mapping, path: Path, options: FormerOptions): Mapping {
  const { sessionPersistence: session } = holder;
  if (!isMapping(session) || isSet(session.cookie) || isSet(session.header)) return holder;
  const { sessionName, cookieConfig, type = 'Cookie', ...rest } = session;
  const former = isSet(sessionName) || isSet(cookieConfig);
  if (!former && !options.stored) return holder;
  const at = [...path, 'sessionPersistence'];
  if (isSet(sessionName)) warn('sessionName', at, type === 'Header' ? 'header.name' : 'cookie.name', options);
  if (isSet(cookieConfig)) warn('cookieConfig', at, 'cookie', options);
  const how = type === 'Header' ? { header: { name: sessionName ?? HEADER_NAME } } : {
    cookie: {
      ...(isMapping(cookieConfig) ? cookieConfig : {}),
      ...(isSet(sessionName) ? { name: sessionName } : {}),
    },
  };
  return { ...holder, sessionPersistence: { ...rest, type, ...how } };
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function warn(field: string, path: Path, expected: string, { stored, problems }: FormerOptions): void {
  if (stored) return;
  problems.push({
    severity: 'warning',
    path: [...path, field],
    message: 'is of Gateway API v1.6, and unknown to v1.7',
    expected,
  });
}
