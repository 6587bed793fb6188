import { type FieldOptions, Missing, podField, type Sources } from './environment.ts';
import {
  type DownwardItem,
  keyOf,
  type Pod,
  type TokenProjection,
  type Volume,
  type VolumeSource,
} from './pod.ts';

export interface VolumeFile {
  readonly content: Uint8Array;
  readonly mode: number;
}

/** Files of a volume by their path in it. */
export type VolumeFiles = ReadonlyMap<string, VolumeFile>;

export interface VolumeOptions {
  readonly pod: Pod;
  readonly address: string;
  readonly sources: Sources;
  /** A token of the pod's service account that is valid now. */
  token(projection: TokenProjection): string | undefined;
}

const DEFAULT_MODE = 0o644;

/**
 * What a volume holds; nothing for an emptyDir. Throws `Missing` if a Secret, ConfigMap, key or token that it needs is not
 * there yet, or if the agent does not know the kind of volume.
 */
export function volumeFiles(volume: Volume, options: VolumeOptions): VolumeFiles | undefined {
  const { secret, configMap, downwardAPI, projected } = volume;
  if (volume.emptyDir !== undefined) return undefined;
  const files = new Map<string, VolumeFile>();
  if (secret !== undefined) {
    add(files, { ...secret, kind: 'secret', name: secret.secretName, mode: secret.defaultMode }, options);
  } else if (configMap !== undefined) {
    add(files, { ...configMap, kind: 'configMap', mode: configMap.defaultMode }, options);
  } else if (downwardAPI !== undefined) {
    addFields(files, downwardAPI.items ?? [], { ...options, mode: downwardAPI.defaultMode });
  } else if (projected !== undefined) {
    const mode = projected.defaultMode;
    for (const source of projected.sources ?? []) {
      if (source.secret !== undefined) add(files, { ...source.secret, kind: 'secret', mode }, options);
      if (source.configMap !== undefined) {
        add(files, { ...source.configMap, kind: 'configMap', mode }, options);
      }
      addFields(files, source.downwardAPI?.items ?? [], { ...options, mode });
      if (source.serviceAccountToken !== undefined) {
        const token = options.token(source.serviceAccountToken);
        if (token === undefined) throw new Missing('the token of the service account is not there');
        files.set(source.serviceAccountToken.path, {
          content: Buffer.from(token),
          mode: mode ?? DEFAULT_MODE,
        });
      }
    }
  } else {
    throw new Missing(`the node agent does not know the kind of the volume ${volume.name}`);
  }
  return files;
}

interface Source extends VolumeSource {
  readonly kind: 'secret' | 'configMap';
  readonly name: string;
  readonly mode: number | undefined;
}

function add(files: Map<string, VolumeFile>, source: Source, { pod, sources }: VolumeOptions): void {
  const { kind, name, items, optional = false, mode = DEFAULT_MODE } = source;
  const data = sources[kind](keyOf({ ...pod.metadata, name }));
  if (data === undefined) {
    if (optional) return;
    throw new Missing(`the ${kind} ${name} is not there`);
  }
  for (const item of items ?? Object.keys(data).map((key) => ({ key, path: key, mode: undefined }))) {
    const content = data[item.key];
    if (content !== undefined) files.set(item.path, { content, mode: item.mode ?? mode });
    else if (!optional) throw new Missing(`the ${kind} ${name} has no key ${item.key}`);
  }
}

function addFields(
  files: Map<string, VolumeFile>,
  items: readonly DownwardItem[],
  { pod, address, mode = DEFAULT_MODE }: Pick<VolumeOptions, 'pod'> & Pick<FieldOptions, 'address'> & {
    mode?: number | undefined;
  },
): void {
  for (const item of items) {
    const text = podField(pod, { path: item.fieldRef?.fieldPath ?? '', address });
    files.set(item.path, { content: Buffer.from(text), mode: item.mode ?? mode });
  }
}
