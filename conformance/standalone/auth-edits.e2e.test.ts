import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AuthOptions, startAuthServer, startHttpAuth } from './auth-server.ts';
import { gateway, httpRoute, service, serviceAt } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

const SERVERS = { HTTP: startHttpAuth, GRPC: startAuthServer };

type Protocol = keyof typeof SERVERS;

function ask(name: string, protocol: Protocol): string {
  return `{ type: ExternalAuth, externalAuth: { protocol: ${protocol}, ${protocol.toLowerCase()}: {},
    backendRef: { name: ${name}, port: 80 } } }`;
}

function route(filters: string, backend = 'a'): string {
  return httpRoute('web', {
    rules: `[{ backendRefs: [{ name: ${backend}, port: 80 }], filters: [${filters}] }]`,
  });
}

function listener(filters: string): string {
  return gateway(`[{ name: http, port: {port:http}, protocol: HTTP, filters: { requests: [${filters}] } }]`);
}

/** What asks, and what is there when it asks somebody else. */
const PLACES: Readonly<Record<string, (filters: string, backend?: string) => string>> = {
  'a route': (filters, backend) => gateway() + route(filters, backend),
  'a listener': (filters, backend) => listener(filters) + route('', backend),
};

const IN_FLIGHT = 5;

/** Long enough for Envoy to have done what it is told. */
const SETTLED_MS = 500;

for (const protocol of ['HTTP', 'GRPC'] as const) {
  for (const [place, manifests] of Object.entries(PLACES)) {
    const cases: Readonly<Record<string, (kept: string, gone: string) => Readonly<Record<string, string>>>> =
      {
        'asks another server': (kept) => ({ 'main.yaml': manifests(ask('two', protocol)), 'one.yaml': kept }),
        'asks nobody': (kept) => ({ 'main.yaml': manifests(''), 'one.yaml': kept }),
        'sends to another backend': (kept) => ({
          'main.yaml': manifests(ask('one', protocol), 'b'),
          'one.yaml': kept,
        }),
        'asks a server whose Service is gone': (_, gone) => ({ 'one.yaml': gone }),
      };
    for (const [name, edit] of Object.entries(cases)) {
      test(`answers that ${place} waits for by ${protocol} count when it ${name}`, async () => {
        const { promise: after, resolve: answer } = Promise.withResolvers<void>();
        const options: AuthOptions = { after };
        await using one = await SERVERS[protocol](options);
        await using two = await SERVERS[protocol]();
        const kept = serviceAt('one', one.port);
        await using dragoman = await Standalone.start({
          files: {
            'main.yaml': manifests(ask('one', protocol)),
            'services.yaml': service('a') + service('b') + serviceAt('two', two.port),
            'one.yaml': kept,
          },
        });
        const get = async (): Promise<number> =>
          (await send({ port: dragoman.port('http'), headers: { authorization: 'allow' } })).status;
        const waiting = Array.from({ length: IN_FLIGHT }, get);
        await eventually(() => assert.equal(one.asked.length, IN_FLIGHT));
        for (const [file, text] of Object.entries(edit(kept, ''))) await dragoman.write(file, text);
        const expected = name.endsWith('gone') ? 500 : 200;
        if (!name.endsWith('backend')) {
          await eventually(async () => {
            assert.equal(await Promise.race([get(), sleep(500)]), expected);
          });
        }
        await sleep(SETTLED_MS);
        answer();
        assert.deepEqual(await Promise.all(waiting), Array.from({ length: IN_FLIGHT }, () => 200));
      });
    }
  }
}
