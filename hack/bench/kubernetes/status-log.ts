/** What the controller says of an object, as far as the benchmark reads it. */
export interface Observed {
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
  };
  readonly status?: {
    readonly parents?: readonly {
      readonly controllerName: string;
      readonly conditions?: readonly Condition[];
    }[];
    readonly conditions?: readonly Condition[];
    readonly listeners?: readonly { readonly attachedRoutes: number }[];
  };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
}

/** Writes of statuses up to some moment. */
export interface StatusWrites {
  /** Those that said something new. */
  readonly written: number;
  /** Those after which the object said what it had said before, or said it from another time on. */
  readonly identical: number;
  /** Those that said something new, by object. */
  readonly byObject: ReadonlyMap<string, number>;
}

/** Every version of some objects, in their order, and what made it differ from the one before. */
export class StatusLog {
  readonly #known = new Map<string, { readonly generation: number; readonly status: string }>();
  readonly #byObject = new Map<string, number>();
  #written = 0;
  #identical = 0;

  get writes(): StatusWrites {
    return { written: this.#written, identical: this.#identical, byObject: new Map(this.#byObject) };
  }

  /** The next version of an object. */
  add(key: string, { metadata: { generation = 0 }, status }: Observed): void {
    const before = this.#known.get(key);
    const after = { generation, status: withoutTimes(status) };
    this.#known.set(key, after);
    if (after.status !== (before?.status ?? NOTHING)) {
      this.#written++;
      this.#byObject.set(key, (this.#byObject.get(key) ?? 0) + 1);
    } else if (before !== undefined && before.generation === generation) {
      // Nobody but the controller writes what is no part of a generation.
      this.#identical++;
    }
  }

  delete(key: string): void {
    this.#known.delete(key);
  }
}

/** Writes since an earlier moment. */
export function since(before: StatusWrites, after: StatusWrites): StatusWrites {
  const byObject = new Map<string, number>();
  for (const [key, count] of after.byObject) {
    const more = count - (before.byObject.get(key) ?? 0);
    if (more > 0) byObject.set(key, more);
  }
  return {
    written: after.written - before.written,
    identical: after.identical - before.identical,
    byObject,
  };
}

function withoutTimes(status: unknown): string {
  return JSON.stringify(
    status ?? {},
    (key, value: unknown) => key === 'lastTransitionTime' ? undefined : value,
  );
}

const NOTHING = withoutTimes(undefined);
