import type { Dialect } from './parts/dialect.ts';

/** The hosts of a Mapping. */
export interface MappingHost {
  /** `Glob` has a `*` in front or behind, which stands for at least one character, dots too; `*` alone is any host. */
  readonly type: 'Glob' | 'Exact' | 'Regex';
  readonly value: string;
}

interface WrittenHost {
  readonly hostname?: string | undefined;
  readonly host?: string | undefined;
  /** Whether `host` is a regular expression. */
  readonly regex?: boolean | undefined;
  readonly headers?: Readonly<Record<string, string | boolean>> | undefined;
}

interface FoundHost {
  readonly host?: MappingHost | undefined;
  readonly ignored?: string | undefined;
  /** The rest of the header conditions. */
  readonly headers?: Readonly<Record<string, string | boolean>> | undefined;
}

const any: MappingHost = { type: 'Glob', value: '*' };
/** What a v3alpha1 Mapping without any host became where it was converted to v2. */
const noHost = '_skip_mapping_with_empty_host_';

/** `hostname` before `host` before the header `:authority`. */
export function hostOf(written: WrittenHost, dialect: Dialect): FoundHost {
  const { hostname = '', regex = false, headers } = written;
  // What our CRDs put where v1 and v2 have no host; a regular expression it is not.
  const host = regex && written.host === '*' ? '' : written.host ?? '';
  if (hostname !== '') {
    const found = { host: { type: 'Glob', value: hostname }, headers } as const;
    return host === '' ? found : { ...found, ignored: host };
  }
  if (host !== '' && host !== noHost) {
    return { host: { type: typeOf({ host, regex }, dialect), value: host }, headers };
  }
  if (dialect !== 'v3alpha1' && host === '' && !regex) return { host: any, headers };
  const { ':authority': authority, ...others } = headers ?? {};
  if (typeof authority !== 'string') return { headers };
  return { host: { type: 'Exact', value: authority }, headers: others };
}

/**
 * In v1 and v2 `host` is what `hostname` became, while 0.39 compares it as it is. A `*` in v3alpha1 is of an object that
 * was written as v2: Emissary has no use for one there.
 */
function typeOf(
  { host, regex }: Pick<WrittenHost, 'regex'> & { readonly host: string },
  dialect: Dialect,
): MappingHost['type'] {
  if (regex === true) return 'Regex';
  if (dialect === 'v0') return 'Exact';
  return dialect === 'v3alpha1' && !host.includes('*') ? 'Exact' : 'Glob';
}
