import type { Resource, ResourceType } from '../envoy/resource.ts';
import type { Narrowing } from './bisect.ts';

/** Types that Envoy subscribes to as a whole, by a first request without names. */
const WILDCARD_TYPES: ReadonlySet<ResourceType> = new Set(['Cluster', 'Listener', 'VirtualHost']);

/** What the proxy has of one name. */
export interface Held {
  /** The version that it accepted; absent if none. */
  version?: string;
  /** Absent for a version of an earlier stream that is not the present one. */
  resource?: Resource;
  /** Refused versions that it may yet use: a refused response can be applied in part. */
  maybe?: Resource[];
}

/** A response on its way. */
export interface Response {
  /** Counts the responses of the stream; the nonce is this number. */
  readonly sequence: number;
  readonly type: ResourceType;
  readonly resources: readonly Resource[];
  readonly removed: readonly string[];
  readonly revision: number;
  /** Set if it asks about some parts of a refused resource. */
  readonly narrowing?: Narrowing;
}

/** A question for the proxy: does it take these names alone, or which parts of a resource does it refuse? */
export type Trial = readonly string[] | Narrowing;

/** One type on a stream, for people. */
export interface TypeStatus {
  /** Resources that the proxy has. */
  readonly held: number;
  /** Names that wait to be looked at, such as those of a refused response. */
  readonly pending: number;
  readonly inFlight: boolean;
  readonly acks: number;
  readonly nacks: number;
  /** Revision of the last accepted response; 0 for none. */
  readonly revision: number;
  readonly lastError?: string;
}

/** One type on one stream: what is asked for, what the proxy has, and what is under way. */
export class TypeState {
  readonly type: ResourceType;
  requested: boolean = false;
  wildcard: boolean = false;
  /** Names subscribed one by one. */
  readonly names: Set<string> = new Set();
  readonly held: Map<string, Held> = new Map();
  /** The last of the unanswered responses that speak of a name, and its version there, or undefined for its removal. */
  readonly sent: Map<string, { readonly sequence: number; readonly version: string | undefined }> = new Map();
  /** Names whose resource may have to be sent. */
  readonly dirty: Set<string> = new Set();
  /** Names to be sent whatever the proxy has. */
  readonly forced: Set<string> = new Set();
  /** The next response is due even if it is empty. */
  answer: boolean = false;
  inFlight: Response | undefined;
  /** Responses that the proxy has read, but whose ACK it withholds: clusters, while any of them warms. */
  readonly withheld: Response[] = [];
  readonly trials: Trial[] = [];
  /** Names of the trials. */
  readonly suspected: Set<string> = new Set();
  /** Whether a trial or a change goes next: they take turns, so that neither starves. */
  trialNext: boolean = true;
  acks: number = 0;
  nacks: number = 0;
  lastError: string | undefined;
  /** Of the last accepted response. */
  revision: number = 0;

  constructor(type: ResourceType) {
    this.type = type;
  }

  /** The first request of the stream. An empty one, or `*`, asks for all names of some types. */
  begin(subscribe: readonly string[]): void {
    this.requested = true;
    if (WILDCARD_TYPES.has(this.type) && subscribe.length === 0) this.wildcard = true;
  }

  /** Whether the proxy has, or may have, something of this name. */
  has(name: string): boolean {
    const sent = this.sent.get(name);
    return sent === undefined ? this.held.has(name) : sent.version !== undefined;
  }

  /** The version that the proxy has, or will have once it has answered. */
  version(name: string): string | undefined {
    return (this.sent.get(name) ?? this.held.get(name))?.version;
  }

  /** Finds and takes the response that a request answers; stale nonces have none. */
  answered(nonce: string): Response | undefined {
    const response = [...this.withheld, ...(this.inFlight === undefined ? [] : [this.inFlight])]
      .find(({ sequence }) => String(sequence) === nonce);
    if (response === undefined) return undefined;
    if (response === this.inFlight) this.inFlight = undefined;
    else this.withheld.splice(this.withheld.indexOf(response), 1);
    for (const { name } of response.resources) this.#heard(name, response);
    for (const name of response.removed) this.#heard(name, response);
    return response;
  }

  #heard(name: string, { sequence }: Response): void {
    if (this.sent.get(name)?.sequence === sequence) this.sent.delete(name);
  }

  /** The proxy has read all responses before this one, so the next may go though the ACK is withheld. */
  read(before: number): void {
    if (this.inFlight === undefined || this.inFlight.sequence >= before) return;
    this.withheld.push(this.inFlight);
    this.inFlight = undefined;
  }

  /** What was sent and not accepted, the latest last: unanswered, or refused. */
  *unacknowledged(): Generator<Resource> {
    for (const { maybe = [] } of this.held.values()) yield* maybe;
    for (const { resources } of this.withheld) yield* resources;
    yield* this.inFlight?.resources ?? [];
  }

  describe(): TypeStatus {
    return {
      held: this.held.size,
      pending: this.dirty.size + this.suspected.size,
      inFlight: this.inFlight !== undefined || this.withheld.length > 0,
      acks: this.acks,
      nacks: this.nacks,
      revision: this.revision,
      ...(this.lastError === undefined ? {} : { lastError: this.lastError }),
    };
  }
}
