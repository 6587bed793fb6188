import type { ApiClient } from '../api-client.ts';
import type { Pod, TokenProjection } from './pod.ts';

interface Token {
  readonly token: string;
  readonly renewAt: number;
}

interface TokenRequest {
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}

const DEFAULT_SECONDS = 3600;

/** Tokens of one pod's service account, bound to the pod. */
export class Tokens {
  readonly #client: ApiClient;
  readonly #pod: Pod;
  readonly #tokens = new Map<string, Token>();

  constructor(client: ApiClient, pod: Pod) {
    this.#client = client;
    this.#pod = pod;
  }

  get(projection: TokenProjection): string | undefined {
    return this.#tokens.get(keyOfProjection(projection))?.token;
  }

  /** Gets those that lack or are soon to expire. Resolves with the time, in ms since the epoch, when to call it again. */
  async renew(): Promise<number> {
    const projections = (this.#pod.spec.volumes ?? []).flatMap((volume) =>
      (volume.projected?.sources ?? []).flatMap((source) => source.serviceAccountToken ?? [])
    );
    await Promise.all(projections.map(async (projection) => {
      const known = this.#tokens.get(keyOfProjection(projection));
      if (known !== undefined && known.renewAt > Date.now()) return;
      this.#tokens.set(keyOfProjection(projection), await this.#request(projection));
    }));
    return Math.min(...Array.from(this.#tokens.values(), ({ renewAt }) => renewAt));
  }

  async #request({ audience, expirationSeconds = DEFAULT_SECONDS }: TokenProjection): Promise<Token> {
    const { metadata: { namespace, name, uid }, spec } = this.#pod;
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${
      spec.serviceAccountName ?? 'default'
    }/token`;
    const asked = Date.now();
    const { status } = await this.#client.request<TokenRequest>(path, {
      method: 'POST',
      body: {
        spec: {
          audiences: audience === undefined ? [] : [audience],
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    });
    // As a kubelet does: when four fifths of its life are over. One of a year is asked for again all the same.
    const life = Math.min(Date.parse(status.expirationTimestamp) - asked, expirationSeconds * 1000);
    return { token: status.token, renewAt: asked + life * 0.8 };
  }
}

function keyOfProjection({ audience = '', expirationSeconds = DEFAULT_SECONDS }: TokenProjection): string {
  return `${expirationSeconds} ${audience}`;
}
