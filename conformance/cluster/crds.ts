import { setTimeout as sleep } from 'node:timers/promises';
import type { CRD } from '../../hack/crds/upstream.ts';
import { type ApiClient, APPLY_PATCH } from './api-client.ts';

const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Established {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Applies the definitions, and resolves once all of them are served. */
export async function applyCRDs(client: ApiClient, crds: readonly CRD[]): Promise<void> {
  await Promise.all(crds.map(async (crd) => {
    const path = `${PATH}/${crd.spec.names.plural}.${crd.spec.group}`;
    await client.request(`${path}?fieldManager=cluster&force=true`, {
      method: 'PATCH',
      contentType: APPLY_PATCH,
      body: crd,
    });
    while (!isEstablished(await client.request<Established>(path))) await sleep(50);
  }));
}

function isEstablished({ status }: Established): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false;
}
