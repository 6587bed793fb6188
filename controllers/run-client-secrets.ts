import { type KubeApi, OwnedSecrets } from '../lib/kube/mod.ts';
import { Leaves, type SecretData } from '../lib/pki/mod.ts';
import type { Metadata } from './infra/manifest.ts';

/** The Secret with the client certificate of a Gateway's proxies. */
export interface WantedSecret {
  /** `namespace/name` of the Gateway. */
  readonly gateway: string;
  /** `namespace/name` of the Secret. */
  readonly secret: string;
  /** Of the Secret, which is the Gateway's. */
  readonly metadata: Metadata;
}

export interface ClientSecretsOptions {
  readonly api: KubeApi;
  /** Something may have to be done. */
  readonly onChange: () => void;
}

/** The Secrets of all Gateways, and what is wrong with them, for as long as this replica leads. */
export class ClientSecrets {
  /** Those of Gateways only once it is known which there are. */
  readonly leaves: Leaves = new Leaves();
  readonly #onChange: () => void;
  readonly #owned: OwnedSecrets;
  #wanted: ReadonlyMap<string, WantedSecret> = new Map();
  /** Those without the labels, annotations or owner that they are to have. */
  readonly #misdescribed = new Set<string>();
  #listed = false;

  constructor({ api, onChange }: ClientSecretsOptions) {
    this.#onChange = onChange;
    this.#owned = new OwnedSecrets({
      api,
      onChange: (secret, data) => {
        this.leaves.observe(secret, data);
        this.#look(secret);
        onChange();
      },
      onListed: () => {
        this.#listed = true;
        for (const wanted of this.#wanted.values()) this.#want(wanted);
        onChange();
      },
    });
    this.#owned.start();
  }

  stop(): Promise<void> {
    return this.#owned.stop();
  }

  /** All that are to be there, by their names. */
  want(wanted: ReadonlyMap<string, WantedSecret>): void {
    const before = this.#wanted;
    this.#wanted = wanted;
    if (!this.#listed) return;
    let changed = false;
    for (const [secret, each] of wanted) {
      if (same(each, before.get(secret))) continue;
      this.#want(each);
      changed = true;
    }
    for (const secret of before.keys()) if (!wanted.has(secret)) this.#drop(secret);
    if (changed) this.#onChange();
  }

  get(secret: string): WantedSecret | undefined {
    return this.#wanted.get(secret);
  }

  /** Those that hold what they should, but do not say what they are. */
  misdescribed(): readonly WantedSecret[] {
    return [...this.#misdescribed].flatMap((secret) => this.#wanted.get(secret) ?? []);
  }

  /** See `OwnedSecrets.write`. */
  write({ metadata }: WantedSecret, data: SecretData): ReturnType<OwnedSecrets['write']> {
    return this.#owned.write(metadata, data);
  }

  #want({ secret, gateway }: WantedSecret): void {
    this.leaves.want({ secret, identity: { gateway } });
    this.#look(secret);
  }

  #drop(secret: string): void {
    this.leaves.drop(secret);
    this.#misdescribed.delete(secret);
  }

  #look(secret: string): void {
    const wanted = this.#wanted.get(secret);
    const exists = this.leaves.data(secret) !== undefined;
    if (wanted !== undefined && exists && !this.#owned.isDescribed(wanted.metadata)) {
      this.#misdescribed.add(secret);
    } else this.#misdescribed.delete(secret);
  }
}

function same(a: WantedSecret, b: WantedSecret | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
