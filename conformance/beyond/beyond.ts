/** What tests of features are made of: as in the upstream suite, manifests, requests, and the answers and conditions they must get. */

import assert from 'node:assert/strict';
import type { Condition } from '../../lib/api/condition.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { apply, eventually } from '../cluster/testing/cluster.ts';
import { Requests } from '../kubernetes/requests.ts';
import type { Answer, RequestOptions } from '../standalone/request.ts';
import type { TlsAnswer, TlsRequestOptions } from '../standalone/tls-request.ts';

export interface BeyondTest {
  /** As the suite names its tests. */
  readonly name: string;
  /** Those of upstream that the GatewayClass must claim. */
  readonly features: readonly string[];
  readonly description: string;
  readonly run: (stage: Stage) => Promise<void>;
}

/** An object as the API server shows it. */
export interface Shown {
  readonly status?: {
    readonly addresses?: readonly Record<string, string>[];
    readonly conditions?: readonly Condition[];
    readonly listeners?: readonly { readonly name: string; readonly conditions: readonly Condition[] }[];
    readonly ancestors?: readonly { readonly conditions: readonly Condition[] }[];
    readonly parents?: readonly { readonly conditions: readonly Condition[] }[];
  };
}

/** How long the suite waits for most things, ms. */
const PATIENCE_MS = 60_000;

/** A cluster with Dragoman in it, and a namespace for each test. */
export class Stage implements Disposable {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly #requests: Requests;

  constructor(cluster: Cluster, namespace: string) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.#requests = new Requests(cluster);
  }

  apply(...objects: readonly object[]): Promise<void> {
    return apply(this.cluster, ...objects.map((object) => inNamespace(object, this.namespace)));
  }

  async delete(object: string): Promise<void> {
    await this.cluster.kubectl(['delete', object, `--namespace=${this.namespace}`]);
  }

  async get(object: string): Promise<Shown> {
    const args = ['get', object, `--namespace=${this.namespace}`, '--output=json'];
    return JSON.parse(await this.cluster.kubectl(args)) as Shown;
  }

  /** The first address of a Gateway that is programmed. */
  async address(gateway: string): Promise<string> {
    return await eventually(async () => {
      const { status } = await this.get(`gateway/${gateway}`);
      const programmed = status?.conditions?.find(({ type }) => type === 'Programmed')?.status === 'True';
      return programmed ? status?.addresses?.[0]?.['value'] : undefined;
    }, { ms: PATIENCE_MS, what: `an address of Gateway ${gateway}` });
  }

  send(options: RequestOptions): Promise<Answer> {
    return this.#requests.send(options);
  }

  sendTls(options: TlsRequestOptions): Promise<TlsAnswer> {
    return this.#requests.sendTls(options);
  }

  /** Asks again until nothing is thrown; then what was thrown last is. */
  async settles(check: () => Promise<void>, ms: number = PATIENCE_MS): Promise<void> {
    let last: unknown;
    const passes = async (): Promise<true | undefined> => {
      try {
        await check();
        return true;
      } catch (error) {
        last = error;
        return undefined;
      }
    };
    await eventually(passes, { ms, what: 'what a test expects' }).catch((error: unknown) => {
      throw last ?? error;
    });
  }

  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
  }
}

/** `{ type: 'Status/Reason' }` of those that are named. */
export function standing(
  conditions: readonly Condition[] | undefined,
  ...types: readonly string[]
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(types.map((type) => {
    const found = conditions?.find((condition) => condition.type === type);
    return [type, found && `${found.status}/${found.reason}`];
  }));
}

export function assertStanding(
  conditions: readonly Condition[] | undefined,
  expected: Readonly<Record<string, string | undefined>>,
): void {
  assert.deepEqual(standing(conditions, ...Object.keys(expected)), expected);
}

const CLUSTER_WIDE: ReadonlySet<string> = new Set(['ClusterTrustBundle', 'Namespace', 'GatewayClass']);

function inNamespace(object: object, namespace: string): object {
  const { kind, metadata } = object as { readonly kind: string; readonly metadata: object };
  return CLUSTER_WIDE.has(kind) ? object : { ...object, metadata: { ...metadata, namespace } };
}
