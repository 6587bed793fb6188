import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

export const MANIFESTS: string = fileURLToPath(new URL('../../manifests', import.meta.url));

/** A manifest as it is written. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The objects in YAML documents. */
export function manifestsOf(yaml: string): Manifest[] {
  return parseAllDocuments(yaml).map((document): unknown => document.toJS())
    .filter((object): object is Manifest => object !== null && object !== undefined);
}

/** Files that a kustomization names, and those of the folders that it names. */
export function kustomizedFiles(folder: string): string[] {
  const { resources } = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as {
    readonly resources: readonly string[];
  };
  return resources.flatMap((name) => {
    const path = join(folder, name);
    return path.endsWith('.yaml') ? [path] : kustomizedFiles(path);
  });
}

/** All objects of `manifests/install`. */
export function installedObjects(): Manifest[] {
  return kustomizedFiles(join(MANIFESTS, 'install')).flatMap((file) =>
    manifestsOf(readFileSync(file, 'utf8'))
  );
}
