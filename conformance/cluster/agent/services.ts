import { type ApiClient, ApiError, MERGE_PATCH } from '../api-client.ts';
import type { ApiObject } from '../watch.ts';
import { LoadBalancerAddresses } from './load-balancers.ts';
import { keyOf } from './pod.ts';

/** The fields of core/v1 Service that the node agent reads. */
export interface Service extends ApiObject {
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly loadBalancerIP?: string;
    readonly loadBalancerClass?: string;
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

export interface ServicesOptions {
  readonly client: ApiClient;
  log(message: string): void;
}

/** The Services as they are, for DNS; and what a cloud does for those of type LoadBalancer: it gives them an address. */
export class Services {
  readonly #options: ServicesOptions;
  readonly #services = new Map<string, Service>();
  readonly #addresses = new LoadBalancerAddresses();

  constructor(options: ServicesOptions) {
    this.#options = options;
  }

  /** By `namespace/name`. */
  get(key: string): Service | undefined {
    return this.#services.get(key);
  }

  set(service: Service): void {
    this.#services.set(keyOf(service.metadata), service);
    const current = service.status?.loadBalancer?.ingress?.[0]?.ip;
    const address = this.#addressOf(service, current);
    if (address !== current) {
      this.#write(service, address).catch((error: unknown) =>
        this.#options.log(`${keyOf(service.metadata)}: ${String(error)}`)
      );
    }
  }

  delete({ metadata }: Service): void {
    this.#services.delete(keyOf(metadata));
    this.#addresses.release(metadata.uid);
  }

  #addressOf({ metadata: { uid }, spec }: Service, current: string | undefined): string | undefined {
    // One of a class of its own is for somebody else to serve.
    if (spec.type === 'LoadBalancer' && spec.loadBalancerClass === undefined) {
      return this.#addresses.take({ uid, wanted: spec.loadBalancerIP, current });
    }
    this.#addresses.release(uid);
    return undefined;
  }

  async #write({ metadata: { namespace, name, uid } }: Service, ip: string | undefined): Promise<void> {
    try {
      await this.#options.client.request(`/api/v1/namespaces/${namespace}/services/${name}/status`, {
        method: 'PATCH',
        contentType: MERGE_PATCH,
        body: {
          metadata: { uid },
          status: { loadBalancer: { ingress: ip === undefined ? null : [{ ip, ipMode: 'VIP' }] } },
        },
      });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error;
    }
  }
}
