import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { createGraph } from '../../lib/graph/mod.ts';
import type { HostnameDefeat, RouteAttachment } from '../flow.ts';
import { attachmentBuckets } from '../gateway/status.ts';
import { covers } from './hostname.ts';
import { hostnameDefeats, withoutDefeats } from './hostname-conflict.ts';

const LISTENER = 'Gateway/default/eg/http';

interface Given {
  readonly kind: 'HTTPRoute' | 'GRPCRoute';
  readonly name: string;
  readonly created: number;
  readonly hostnames: readonly string[];
}

function attachment({ kind, name, created, hostnames }: Given): RouteAttachment {
  return {
    key: `${kind}/default/${name}`,
    route: { group: 'gateway.networking.k8s.io', kind, namespace: 'default', name },
    created,
    parents: [{
      index: 0,
      ours: true,
      accepted: true,
      reason: 'Accepted',
      message: '',
      listeners: [{
        listener: LISTENER,
        fleet: 'standalone',
        routeConfig: 'default/eg/80',
        publicPort: 80,
        hostnames: hostnames.map((domain) => ({ domain, own: domain })),
      }],
    }],
  };
}

function settled(routes: readonly Given[]): readonly RouteAttachment[] {
  const graph = createGraph({
    onFault: ({ error }) => {
      throw error;
    },
  });
  const http = graph.input<RouteAttachment>('http');
  const grpc = graph.input<RouteAttachment>('grpc');
  const httpRoutes = graph.index('httpByListener', http, attachmentBuckets);
  const defeats = graph.flatMap(
    'defeats',
    graph.index('grpcByListener', grpc, attachmentBuckets),
    (bucket, fetch) => hostnameDefeats(bucket, fetch, { httpRoutes }),
  );
  const attachments = graph.map(
    'attachments',
    graph.merge('both', [http, grpc]),
    (each, fetch) => withoutDefeats(each, fetch, defeats),
  );
  for (const route of routes) (route.kind === 'HTTPRoute' ? http : grpc).set(attachment(route));
  graph.commit();
  return attachments.values();
}

function staying(routes: readonly Given[]): readonly string[] {
  return settled(routes).flatMap(({ key, parents }) => (parents[0]?.accepted === true ? [key] : []));
}

const hostname = fc.constantFrom(
  '*',
  '*.example.com',
  '*.a.example.com',
  'a.example.com',
  'b.a.example.com',
  'c.example.com',
  'example.com',
);

const routes: fc.Arbitrary<readonly Given[]> = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom('HTTPRoute' as const, 'GRPCRoute' as const),
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    created: fc.nat(2),
    hostnames: fc.uniqueArray(hostname, { minLength: 1, maxLength: 3 }),
  }),
  { maxLength: 8, selector: ({ kind, name }) => `${kind}/${name}` },
);

/** The specification's words, one route after the other. */
function expected(routes: readonly Given[]): readonly string[] {
  const order = [...routes].sort((a, b) =>
    a.created - b.created || (`${a.name}/${a.kind}` < `${b.name}/${b.kind}` ? -1 : 1)
  );
  const accepted: Given[] = [];
  for (const route of order) {
    const displaced = accepted.some(({ kind, hostnames }) =>
      kind !== route.kind &&
      hostnames.some((one) => route.hostnames.some((other) => covers(one, other) || covers(other, one)))
    );
    if (!displaced) accepted.push(route);
  }
  return accepted.map(({ kind, name }) => `${kind}/default/${name}`).sort();
}

test('of an HTTPRoute and a GRPCRoute that share hostnames of a listener the older stays', () => {
  fc.assert(fc.property(routes, (given) => assert.deepEqual(staying(given), expected(given))), {
    numRuns: 300,
  });
});

test('a route that gives way on one listener keeps the others, and says so', () => {
  const grpc = attachment({ kind: 'GRPCRoute', name: 'new', created: 1, hostnames: ['*'] });
  const [parent] = grpc.parents;
  const [listener] = parent?.listeners ?? [];
  assert.ok(parent !== undefined && listener !== undefined);
  const other = { ...listener, listener: 'Gateway/default/eg/other' };
  const graph = createGraph();
  const candidates = graph.input<RouteAttachment>('candidates');
  const defeats = graph.input<HostnameDefeat>('defeats');
  const attachments = graph.map(
    'attachments',
    candidates,
    (each, fetch) => withoutDefeats(each, fetch, defeats),
  );
  candidates.set({ ...grpc, parents: [{ ...parent, listeners: [listener, other] }] });
  defeats.set({ key: `${LISTENER}|${grpc.key}`, winner: 'HTTPRoute/default/old', hostname: 'a.example.com' });
  graph.commit();
  assert.deepEqual(attachments.get(grpc.key)?.parents, [{
    ...parent,
    listeners: [other],
    conflict:
      `HTTPRoute default/old has a.example.com of ${LISTENER} first, and HTTPRoutes and GRPCRoutes cannot share a hostname.`,
  }]);
});
