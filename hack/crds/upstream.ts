import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** The release that lib/api follows. */
export const upstreamVersion = 'v1.7.0';

export type Channel = 'standard' | 'experimental';

/** A schema of a CRD: the keywords of OpenAPI v3 that Kubernetes allows. */
export interface OpenAPISchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, OpenAPISchema>>;
  readonly additionalProperties?: OpenAPISchema | boolean;
  readonly items?: OpenAPISchema;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[];
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly [keyword: string]: unknown;
}

export interface CRD {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly scope: 'Namespaced' | 'Cluster';
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema: { readonly openAPIV3Schema: OpenAPISchema };
    }[];
  };
}

/** The folder of a release of the upstream module. */
export function upstreamFolder(version: string = upstreamVersion): string {
  return moduleFolder(`sigs.k8s.io/gateway-api@${version}`);
}

/** The folder of a Go module, such as `example.com/module@v1.2.3`, downloaded by Go if its cache lacks it. Throws if Go cannot. */
export function moduleFolder(module: string): string {
  const go = spawnSync('go', ['mod', 'download', '-json', module], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'go1.27.0' },
  });
  if (go.error !== undefined) throw new Error(`Go is needed for ${module}: ${go.error.message}`);
  if (go.status !== 0) throw new Error(`go mod download ${module} failed:\n${go.stdout}${go.stderr}`);
  const answer: unknown = JSON.parse(go.stdout);
  const folder: unknown = typeof answer === 'object' && answer !== null && 'Dir' in answer
    ? answer.Dir
    : undefined;
  if (typeof folder !== 'string') throw new Error(`go mod download ${module} named no folder`);
  return folder;
}

/** The CRDs of a channel of the upstream module. */
export function readCRDs(folder: string, channel: Channel): CRD[] {
  return readFolder(crdFolder(folder, channel));
}

/** Where a channel's CRDs are in the folder of the upstream module. */
export function crdFolder(folder: string, channel: Channel): string {
  return join(folder, 'config', 'crd', channel);
}

/** The CRDs in the files of a folder, in the order of their names. */
export function readFolder(directory: string): CRD[] {
  const files = readdirSync(directory).filter((name) => name.endsWith('.yaml')).sort();
  return files.flatMap((name) => readFile(join(directory, name)));
}

/** The CRDs among the manifests of a file. */
export function readFile(file: string): CRD[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document): unknown => document.toJS()).filter(
    isCRD,
  );
}

function isCRD(object: unknown): object is CRD {
  return typeof object === 'object' && object !== null && 'kind' in object &&
    object.kind === 'CustomResourceDefinition';
}
