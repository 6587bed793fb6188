import { API_SERVICE_ADDRESS, NODE_ADDRESS } from '../addresses.ts';
import type { Container, Pod } from './pod.ts';
import { keyOf, type KeyReference } from './pod.ts';

/** Secrets and ConfigMaps by `namespace/name`; values are bytes. */
export interface Sources {
  secret(key: string): Readonly<Record<string, Uint8Array>> | undefined;
  configMap(key: string): Readonly<Record<string, Uint8Array>> | undefined;
}

/** The reason why a container or a volume cannot be made yet; later it may. */
export class Missing extends Error {}

export interface EnvironmentOptions {
  readonly pod: Pod;
  readonly address: string;
  readonly sources: Sources;
}

/** A container's environment variables. Throws `Missing` if a Secret or ConfigMap that they need is not there. */
export function environment(container: Container, options: EnvironmentOptions): Record<string, string> {
  const { pod, address, sources } = options;
  const variables: Record<string, string> = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOSTNAME: pod.metadata.name,
    KUBERNETES_SERVICE_HOST: API_SERVICE_ADDRESS,
    KUBERNETES_SERVICE_PORT: '443',
    KUBERNETES_SERVICE_PORT_HTTPS: '443',
  };
  for (const { name, value = '', valueFrom } of container.env ?? []) {
    if (valueFrom === undefined) {
      variables[name] = expand(value, variables);
      continue;
    }
    const { fieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
    const found = fieldRef !== undefined
      ? podField(pod, { path: fieldRef.fieldPath, address })
      : secretKeyRef !== undefined
      ? valueOf(secretKeyRef, (key) => sources.secret(key), pod)
      : configMapKeyRef !== undefined
      ? valueOf(configMapKeyRef, (key) => sources.configMap(key), pod)
      : unsupported(name);
    if (found !== undefined) variables[name] = found;
  }
  return variables;
}

function unsupported(name: string): never {
  throw new Missing(`the node agent cannot compute the environment variable ${name}`);
}

function valueOf(
  { name, key, optional = false }: KeyReference,
  lookUp: (key: string) => Readonly<Record<string, Uint8Array>> | undefined,
  pod: Pod,
): string | undefined {
  const value = lookUp(keyOf({ ...pod.metadata, name }))?.[key];
  if (value === undefined && !optional) throw new Missing(`${name} with the key ${key} is not there`);
  return value === undefined ? undefined : Buffer.from(value).toString();
}

/** Replaces `$(NAME)` by the variable if there is one, and `$$` by `$`: the rules of command, args and env. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(\$|\(([^)]*)\))/g, (whole, next: string, name?: string) => {
    if (next === '$') return '$';
    return name !== undefined && Object.hasOwn(variables, name) ? variables[name] ?? '' : whole;
  });
}

export interface FieldOptions {
  readonly path: string;
  /** The pod's, which its status may not have yet. */
  readonly address: string;
}

/** What the downward API gives for a field path. */
export function podField(pod: Pod, { path, address }: FieldOptions): string {
  if (path === 'status.podIP' || path === 'status.podIPs') return address;
  if (path === 'status.hostIP' || path === 'status.hostIPs') return NODE_ADDRESS;
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (map !== undefined && key !== undefined) {
    return pod.metadata[map as 'labels' | 'annotations']?.[key] ?? '';
  }
  if (path === 'metadata.labels' || path === 'metadata.annotations') {
    const all = Object.entries(
      pod.metadata[path.slice('metadata.'.length) as 'labels' | 'annotations'] ?? {},
    );
    return all.map(([key, value]) => `${key}=${JSON.stringify(value)}`).sort().join('\n');
  }
  const value = path.split('.').reduce<unknown>(
    (object, key) =>
      typeof object === 'object' && object !== null
        ? Object.entries(object).find(([name]) => name === key)?.[1]
        : undefined,
    pod,
  );
  return typeof value === 'string' ? value : '';
}
