import { isStatus } from './api-error.ts';
import type { KubeApi } from './client.ts';
import { isBuiltIn, type ResourceType } from './resource.ts';

interface Definition {
  readonly spec?: {
    readonly versions?: readonly { readonly name: string; readonly served: boolean }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface Group {
  readonly versions?: readonly { readonly version: string }[];
}

interface Resources {
  readonly resources?: readonly { readonly name: string }[];
}

/**
 * Whether a kind that answered 404 is really not there: an API server that has just started does so, too, for kinds
 * that it has not loaded yet. Rejects with an `ApiError` if it cannot be told.
 */
export async function isAbsent(api: KubeApi, type: ResourceType, signal: AbortSignal): Promise<boolean> {
  try {
    return !await (isBuiltIn(type) ? isDiscovered : isDefined)(api, type, signal);
  } catch (error) {
    // Without the right to ask, the 404 has to do.
    if (isStatus(error, 404) || isStatus(error, 403)) return true;
    throw error;
  }
}

async function isDefined(api: KubeApi, type: ResourceType, signal: AbortSignal): Promise<boolean> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${type.plural}.${type.group}`;
  const { body } = await api.request('GET', path, { signal });
  const { spec, status } = body as Definition;
  const established = status?.conditions?.some((each) =>
    each.type === 'Established' && each.status === 'True'
  );
  const served = spec?.versions?.some(({ name, served }) => served && type.versions.includes(name));
  return established === true && served === true;
}

/** No definition tells of a kind of Kubernetes itself. */
async function isDiscovered(api: KubeApi, type: ResourceType, signal: AbortSignal): Promise<boolean> {
  const path = type.group === '' ? '/api' : `/apis/${type.group}`;
  const { body } = await api.request('GET', path, { signal });
  const served = new Set((body as Group).versions?.map(({ version }) => version));
  for (const version of type.versions.filter((each) => served.has(each))) {
    const { body } = await api.request('GET', `${path}/${version}`, { signal });
    if ((body as Resources).resources?.some(({ name }) => name === type.plural) === true) return true;
  }
  return false;
}
