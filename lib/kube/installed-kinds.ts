import type { Sink } from './reflector.ts';
import type { RawObject, ResourceType } from './resource.ts';
import type { InstalledKind } from './update.ts';

/** CustomResourceDefinitions, of which only names and annotations are asked for. */
export const definitionType: ResourceType = {
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
  versions: ['v1'],
};

export interface InstalledKindsOptions {
  /** Those that are of interest. */
  readonly types: readonly ResourceType[];
  /** Something about the definition of the kind has changed. */
  readonly onChange: (kind: string) => void;
}

/** The sink of the definitions: which kinds are installed, and from which bundle. */
export class InstalledKinds implements Sink {
  readonly #byName: ReadonlyMap<string, ResourceType>;
  readonly #onChange: (kind: string) => void;
  readonly #installed = new Map<string, InstalledKind>();
  #listed: Map<string, InstalledKind> | undefined;

  constructor({ types, onChange }: InstalledKindsOptions) {
    this.#byName = new Map(types.map((type) => [`${type.plural}.${type.group}`, type]));
    this.#onChange = onChange;
  }

  /** In the order of their kinds. */
  all(): readonly InstalledKind[] {
    return [...this.#installed.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));
  }

  begin(): void {
    this.#listed = new Map();
  }

  listed(object: RawObject): void {
    const found = this.#read(object);
    if (found !== undefined) this.#listed?.set(found.kind, found);
  }

  complete(): void {
    const listed = this.#listed ?? new Map<string, InstalledKind>();
    this.#listed = undefined;
    for (const kind of this.#installed.keys()) if (!listed.has(kind)) this.#gone(kind);
    for (const found of listed.values()) this.#set(found);
  }

  changed(object: RawObject): void {
    const found = this.#read(object);
    if (found !== undefined) this.#set(found);
  }

  deleted(object: RawObject): void {
    const found = this.#read(object);
    if (found === undefined) return;
    if (this.#listed === undefined) this.#gone(found.kind);
    else this.#listed.delete(found.kind);
  }

  absent(): void {
    this.#listed = undefined;
    for (const kind of this.#installed.keys()) this.#gone(kind);
  }

  #read({ metadata: { name, annotations } }: RawObject): InstalledKind | undefined {
    const type = this.#byName.get(name);
    if (type === undefined) return undefined;
    const channel = annotations?.['gateway.networking.k8s.io/channel'];
    const bundleVersion = annotations?.['gateway.networking.k8s.io/bundle-version'];
    return { kind: type.kind, group: type.group, channel, bundleVersion };
  }

  /** Always told: a definition changes, too, when the API server begins to serve it. */
  #set(found: InstalledKind): void {
    this.#installed.set(found.kind, found);
    this.#onChange(found.kind);
  }

  #gone(kind: string): void {
    this.#installed.delete(kind);
    this.#onChange(kind);
  }
}
