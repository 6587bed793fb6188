import { type Resource, type ResourceType } from '../../envoy/resource.ts';
import { Fleets } from '../fleet.ts';
import type { Effect, RefusalReport } from '../events.ts';
import type { SessionOptions } from '../book.ts';
import { Session } from '../session.ts';
import { request } from './fake.ts';
import { createSource } from './source.ts';

const SHORT: Readonly<Record<string, ResourceType>> = {
  CDS: 'Cluster',
  EDS: 'ClusterLoadAssignment',
  LDS: 'Listener',
  ECDS: 'TypedExtensionConfig',
  RDS: 'RouteConfiguration',
  VHDS: 'VirtualHost',
  SDS: 'Secret',
};

/** Plays one stream by hand. Responses read `CDS 1: a=v1 b=v2 -gone`. */
export interface Script {
  /** Changes the snapshot; returns the responses. */
  change(change: { set?: readonly Resource[]; remove?: readonly string[] }): readonly string[];
  /** A request, such as `EDS +a -b`, `CDS ack 1`, `LDS nack 2 why`, `CDS has a=v1`; returns the responses. */
  send(line: string): readonly string[];
  setWritable(writable: boolean): readonly string[];
  readonly refusals: RefusalReport[];
  readonly session: Session;
}

/** Starts a stream whose snapshot is `initial`. */
export function script(initial: readonly Resource[], options: Partial<SessionOptions> = {}): Script {
  const source = createSource();
  const fleets = new Fleets(source);
  fleets.apply(source.update({ set: initial }));
  const session = new Session({
    snapshot: fleets.snapshot('f'),
    refused: new Set(),
    unsure: new Map(),
    ...options,
  });
  session.setWritable(true);
  const refusals: RefusalReport[] = [];

  function lines(effects: readonly Effect[]): readonly string[] {
    const responses: string[] = [];
    let resume = false;
    for (const effect of effects) {
      if (effect.kind === 'refused') {
        refusals.push(effect.refusal);
        const { resource } = effect.refusal;
        if (resource.startsWith('Cluster|')) session.clusterRefused(resource.slice('Cluster|'.length));
        resume = true;
      }
      if (effect.kind !== 'send') continue;
      const { type, nonce, resources, removed } = effect.content;
      const short = Object.keys(SHORT).find((key) => SHORT[key] === type) ?? type;
      const words = [
        ...resources.map(({ name, version }) => `${name}=${version}`).sort(),
        ...removed.map((name) => `-${name}`).sort(),
      ];
      responses.push([`${short} ${nonce}:`, ...words].join(' '));
    }
    return resume ? [...responses, ...lines(session.resume())] : responses;
  }

  return {
    refusals,
    session,
    setWritable: (writable) => lines(session.setWritable(writable)),
    change(change) {
      const batch = source.update(change);
      return lines(session.change(fleets.apply(batch).get('f') ?? [], batch.revision));
    },
    send(line) {
      const [short = '', ...words] = line.split(' ');
      const type = SHORT[short];
      if (type === undefined) throw new Error(`what is ${short}?`);
      if (words[0] === 'ack') return lines(session.request(request(type, { responseNonce: words[1] ?? '' })));
      if (words[0] === 'nack') {
        const message = words.slice(2).join(' ');
        return lines(
          session.request(request(type, { responseNonce: words[1] ?? '', errorDetail: { message } })),
        );
      }
      const versions = words.filter((word) => word.includes('=')).map((word) =>
        word.replace(/^\+/, '').split('=')
      );
      return lines(session.request(request(type, {
        resourceNamesSubscribe: words.filter((word) => word.startsWith('+')).map((word) =>
          word.slice(1).split('=')[0] ?? ''
        ),
        resourceNamesUnsubscribe: words.filter((word) => word.startsWith('-')).map((word) => word.slice(1)),
        initialResourceVersions: Object.fromEntries(versions),
      })));
    },
  };
}
