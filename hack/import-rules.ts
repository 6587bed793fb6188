import { posix } from 'node:path';

/** What the files of one place may import; the first rule whose `files` fits applies. */
interface Rule {
  readonly files: RegExp;
  /** Files of ours, beside those of the same place. */
  readonly ours: readonly RegExp[];
  /** Files of ours whose types alone may be imported. */
  readonly types?: readonly RegExp[];
  /** Packages and Node modules; absent for any. */
  readonly packages?: readonly RegExp[];
}

const ANY = /^/;
const MODEL = /^lib\/model\//;
const API = /^lib\/api\//;
const YAML = /^lib\/yaml\//;
const ENVOY = /^lib\/envoy\//;
const GRAPH_TYPES = /^lib\/graph\/types\.ts$/;
/** What a bootstrap and clusters say alike. */
const CLUSTER_STATS = /^lib\/model\/cluster-stats\.ts$/;
/** Pure, though they lie beside the process that they are for. */
const BOOTSTRAP = /^lib\/proxy\/bootstrap(-[a-z]+)*\.ts$/;
const GENERATED = /^lib\/envoy\/gen\//;
const RESOURCE = /^lib\/envoy\/(resource\.ts|gen\/)/;
const WIRE = /^lib\/envoy\/wire\.ts$/;
/** Node modules that compute; what reads files, sockets, clocks or processes is for edges. */
const COMPUTING = /^node:(buffer|crypto|net|path|url|util)$/;

/** Generators of property tests stand beside what they generate. */
const GENERATORS = 'fast-check';

/** ARCHITECTURE.md says why. */
export const RULES: readonly Rule[] = [
  { files: /^lib\/(graph|model)\//, ours: [], packages: [] },
  { files: YAML, ours: [], packages: [/^yaml$/] },
  { files: /^lib\/api\/legacy\//, ours: [API, YAML], packages: [/^zod$/] },
  { files: API, ours: [], packages: [/^zod$/] },
  {
    files: /^lib\/envoy\//,
    ours: [MODEL],
    types: [GRAPH_TYPES],
    packages: [COMPUTING, /^@bufbuild\/protobuf(\/|$)/, /^re2js$/],
  },
  { files: /^lib\/pki\//, ours: [], packages: [COMPUTING] },
  { files: /^lib\/xds\//, ours: [RESOURCE, WIRE], types: [GRAPH_TYPES] },
  { files: BOOTSTRAP, ours: [BOOTSTRAP, CLUSTER_STATS], types: [GENERATED], packages: [COMPUTING] },
  { files: /^lib\/proxy\//, ours: [], types: [GRAPH_TYPES, GENERATED] },
  { files: /^lib\/files\//, ours: [API, MODEL, YAML], types: [GRAPH_TYPES] },
  { files: /^lib\/(kube|http|telemetry)\//, ours: [API, MODEL], types: [GRAPH_TYPES] },
  { files: /^lib\/(echo|consul)\//, ours: [] },
  { files: /^controllers\/run(-[a-z-]+)?\.ts$/, ours: [ANY] },
  {
    files: /^controllers\/(graph|graph-statuses|sent)\.ts$/,
    ours: [API, MODEL, ENVOY, /^lib\/graph\//, /^controllers\/(?!run)/],
  },
  {
    // Named helpers of the kinds, and what the whole dataflow on graph.ts is wired from.
    files: /^controllers\/[^/]+$/,
    ours: [API, MODEL, RESOURCE, /^controllers\/(?!run|graph(-statuses)?\.ts)/],
    types: [GRAPH_TYPES],
    packages: [COMPUTING, /^re2js$/, /^yaml$/],
  },
  {
    files: /^controllers\/infra\//,
    ours: [API, MODEL, BOOTSTRAP, /^controllers\/(?!run|graph(-statuses)?\.ts)/],
    types: [GRAPH_TYPES],
    packages: [COMPUTING],
  },
  {
    files: /^controllers\/.*$/,
    ours: [API, MODEL, /^controllers\/(?!run|graph(-statuses)?\.ts)/],
    types: [GRAPH_TYPES, RESOURCE],
    packages: [COMPUTING, /^re2js$/, /^yaml$/],
  },
  { files: /^(lib\/cli\/|hack\/|conformance\/|mod\.ts$)/, ours: [ANY] },
];

/** Tests may bring any two parts together, but a pure part's own sources stay apart. */
const TEST = /\.test\.ts$|(^|\/)testing\//;

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

/** One line for each import that the rules forbid; `path` is from the root, with `/`. */
export function violations(path: string, source: string): string[] {
  if (TEST.test(path)) return [];
  const rule = RULES.find((rule) => rule.files.test(path));
  if (rule === undefined) return [`${path}: no import rule names this place`];
  return importsOf(source).flatMap((found) => {
    const reason = refusal(rule, path, found);
    return reason === undefined ? [] : [`${path}: ${reason}`];
  });
}

function refusal(rule: Rule, path: string, { from, typeOnly }: Import): string | undefined {
  if (!from.startsWith('.')) {
    const allowed = rule.packages === undefined || from === GENERATORS ||
      rule.packages.some((name) => name.test(from));
    return allowed ? undefined : `package ${from} is not for this place`;
  }
  const target = posix.normalize(posix.join(posix.dirname(path), from));
  // A rule for a folder matches up to its slash: what lies inside may import each other.
  const place = rule.files.exec(path)?.[0] ?? '';
  if (place.endsWith('/') && target.startsWith(place)) return undefined;
  if (rule.ours.some((ours) => ours.test(target))) return undefined;
  if (rule.types?.some((types) => types.test(target))) {
    return typeOnly ? undefined : `${target} is for \`import type\` only`;
  }
  return `${target} is not for this place`;
}

/** Static, dynamic and re-exporting imports, in the order of the source. */
export function importsOf(source: string): Import[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const pattern =
    /\b(?:import|export)\s+(type\s+)?((?:[\w*\s,$]|\{[^}]*\})*?)\s*from\s*(['"])([^'"\n]+)\3|\bimport\s*\(?\s*(['"])([^'"\n]+)\5/g;
  return Array.from(code.matchAll(pattern), ([, type, bindings, , from, , bare]) => ({
    from: from ?? bare ?? '',
    typeOnly: type !== undefined || (bindings !== undefined && onlyTypes(bindings)),
  }));
}

function onlyTypes(bindings: string): boolean {
  const inside = /^\{([^}]*)\}$/.exec(bindings.trim())?.[1];
  return inside !== undefined &&
    inside.split(',').every((name) => name.trim() === '' || /^type\s/.test(name.trim()));
}
