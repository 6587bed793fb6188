import { ApiError, type InfrastructureEvent } from '../lib/kube/mod.ts';
import type { Collection } from '../lib/graph/types.ts';
import type { InfraFault } from './flow.ts';
import type { InfraObject } from './infra/manifest.ts';

type Fault = Omit<InfraFault, 'key'>;

/** What keeps the objects of Gateways and XBackends from being made, by owner and object. */
export class InfraFaults {
  readonly #infra: Collection<InfraObject>;
  readonly #faults = new Map<string, Map<string, Fault>>();

  constructor(infra: Collection<InfraObject>) {
    this.#infra = infra;
  }

  /** Takes over what became of an object; answers its owner if that changed what is wrong with it. */
  event(event: InfrastructureEvent): string | undefined {
    const { object } = event;
    const owner = this.#infra.get(object)?.owner;
    if (owner === undefined) return undefined;
    const fault = faultOf(event);
    const faults = this.#faults.get(owner) ?? new Map<string, Fault>();
    if (faults.get(object)?.message === fault?.message) return undefined;
    if (fault === undefined) faults.delete(object);
    else faults.set(object, fault);
    if (faults.size === 0) this.#faults.delete(owner);
    else this.#faults.set(owner, faults);
    return owner;
  }

  /** An owner's objects are others by now; answers whether that changed what is wrong. */
  planned(owner: string, objects: readonly { readonly key: string }[]): boolean {
    const faults = this.#faults.get(owner);
    if (faults === undefined) return false;
    const wanted = new Set(objects.map(({ key }) => key));
    const gone = [...faults.keys()].filter((object) => !wanted.has(object));
    for (const object of gone) faults.delete(object);
    if (faults.size === 0) this.#faults.delete(owner);
    return gone.length > 0;
  }

  /** All that is wrong with an owner's objects, as one. */
  of(owner: string): InfraFault | undefined {
    const faults = [...this.#faults.get(owner)?.values() ?? []];
    const [first] = faults;
    if (first === undefined) return undefined;
    const reason = faults.find((fault) => fault.reason === 'Invalid')?.reason ?? first.reason;
    return { key: owner, reason, message: faults.map(({ message }) => message).join(' ') };
  }
}

/** Undefined if all is well, or will be when the API server is, or has seen what else changed. */
function faultOf(event: InfrastructureEvent): Fault | undefined {
  const { object } = event;
  if (event.event === 'foreign') {
    return {
      reason: 'Invalid',
      message: `${object} exists and was not made for it, so it is left as it is.`,
    };
  }
  if (event.event !== 'failed') return undefined;
  const { error } = event;
  if (!(error instanceof ApiError)) return undefined;
  if (error.passing || error.status === 409) return undefined;
  const { message } = error;
  const reason = /exceeded quota|no capacity|insufficient/i.test(message) ? 'NoResources' : 'Invalid';
  return { reason, message: `${object} cannot be made: ${message}.` };
}
