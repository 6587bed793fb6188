import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Authority, tlsSecret } from './certificates.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

const RULES = '[{ backendRefs: [{ name: a, port: 80 }] }]';
const HOST = 'hostnames: [www.example.com]';

const EDITED = httpRoute('edited', { rules: RULES, more: 'hostnames: [edited.example.com]' });

function regex(value: string): string {
  return httpRoute('edited', {
    rules:
      `[{ matches: [{ path: { type: RegularExpression, value: "${value}" } }], backendRefs: [{ name: a, port: 80 }] }]`,
    more: 'hostnames: [edited.example.com]',
  });
}

/** What is told: by the folder of a file, or by the graph of an object. */
interface Told {
  readonly object: string;
  readonly field: string;
  readonly message: RegExp;
}

describe('bad input', () => {
  let dragoman: Standalone;
  let secret: string;
  let foreign: string;

  before(async () => {
    const ca = await Authority.create('CA');
    const [own, other] = [await ca.issue({ commonName: 'own' }), await ca.issue({ commonName: 'other' })];
    secret = tlsSecret('server', own);
    foreign = tlsSecret('server', { cert: own.cert, key: other.key });
    dragoman = await Standalone.start({
      files: {
        'gateway.yaml': gateway(`[{ name: http, port: {port:http}, protocol: HTTP },
          { name: https, port: {port:https}, protocol: HTTPS, tls: { certificateRefs: [{ name: server }] } }]`),
        'services.yaml': service('a') + service('b'),
        'good.yaml': httpRoute('good', { rules: RULES, more: HOST }),
        'edited.yaml': EDITED,
        'secret.yaml': secret,
      },
    });
  });

  after(() => dragoman[Symbol.asyncDispose]());

  const edited = async (): Promise<number> =>
    (await send({ port: dragoman.port('http'), host: 'edited.example.com', path: '/x' })).status;

  /** Everything else still serves and follows edits. */
  async function othersServe(): Promise<void> {
    for (const backend of ['b', 'a']) {
      await dragoman.write(
        'good.yaml',
        httpRoute('good', { rules: RULES.replace('name: a', `name: ${backend}`), more: HOST }),
      );
      await eventually(async () => {
        const { status, seen } = await send({ port: dragoman.port('http'), host: 'www.example.com' });
        assert.deepEqual([status, seen?.name], [200, backend]);
      });
    }
  }

  function told(): readonly { readonly object: string; readonly field: string; readonly message: string }[] {
    const { folder, dataflow } = dragoman.running;
    return [
      ...folder.problems().map(({ object = '', field, message, file }) => ({
        object: object === '' ? file : object,
        field,
        message,
      })),
      ...dataflow.diagnostics.values().flatMap(({ key, diagnostics }) =>
        diagnostics.map(({ field, message }) => ({ object: key, field, message }))
      ),
    ];
  }

  async function tells({ object, field, message }: Told): Promise<void> {
    await eventually(() => {
      const found = told().some((each) =>
        each.object.endsWith(object) && each.field === field && message.test(each.message)
      );
      assert.ok(found, `${object} ${field} ${message} is not in ${JSON.stringify(told())}`);
    });
  }

  const files: readonly (readonly [string, string, Told])[] = [
    ['malformed YAML', 'rules: [', { object: 'edited.yaml', field: '', message: /YAML/ }],
    ['a half-written save', httpRoute('edited', { rules: RULES }).slice(0, 90), {
      object: 'edited.yaml',
      field: '',
      message: /YAML/,
    }],
    [
      'an unknown kind',
      `${EDITED}---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRout\nmetadata: { name: unknown }\n`,
      { object: '', field: 'kind', message: /HTTPRout/ },
    ],
    [
      'a wrong type',
      httpRoute('edited', { rules: '[{ backendRefs: [{ name: a, port: eighty }] }]' }),
      { object: 'HTTPRoute/default/edited', field: 'spec.rules[0].backendRefs[0].port', message: /string/ },
    ],
    [
      'a file of 10 MB',
      EDITED.replace('{ name: edited }', `{ name: edited, annotations: { big: "${'x'.repeat(10 << 20)}" } }`),
      { object: 'HTTPRoute/default/edited', field: 'metadata.annotations', message: /longer than 262144/ },
    ],
  ];
  for (const [name, text, expected] of files) {
    test(`${name} is told, and the last good version serves`, async () => {
      await dragoman.write('edited.yaml', text);
      await tells(expected);
      assert.equal(await edited(), 200);
      await othersServe();
      await dragoman.write('edited.yaml', EDITED);
      await eventually(() => assert.deepEqual(told(), []));
      assert.equal(await edited(), 200);
    });
  }

  const objects: readonly (readonly [string, string, Told])[] = [
    [
      'a regular expression that RE2 refuses',
      regex('/(a)\\\\1'),
      {
        object: 'HTTPRoute/default/edited',
        field: 'spec.rules[0].matches[0].path.value',
        message: /regular expression|regex/i,
      },
    ],
    [
      'a dangling reference',
      httpRoute('edited', {
        rules: RULES.replace('name: a', 'name: missing'),
        more: 'hostnames: [edited.example.com]',
      }),
      {
        object: 'HTTPRoute/default/edited',
        field: 'spec.rules[0].backendRefs[0].name',
        message: /default\/missing/,
      },
    ],
  ];
  for (const [name, text, expected] of objects) {
    test(`${name} is told, and answers for itself alone`, async () => {
      await dragoman.write('edited.yaml', text);
      await tells(expected);
      await eventually(async () => assert.ok([404, 500].includes(await edited())));
      await othersServe();
      await dragoman.write('edited.yaml', EDITED);
      await eventually(async () => assert.equal(await edited(), 200));
      assert.deepEqual(told(), []);
    });
  }

  test('a certificate that does not fit its key is told, and its listener alone stops', async () => {
    const tls = { port: dragoman.port('https'), serverName: 'www.example.com' };
    assert.equal((await sendTls(tls)).status, 200);
    await dragoman.write('secret.yaml', foreign);
    await tells({
      object: 'Gateway/default/web',
      field: 'spec.listeners[1].tls.certificateRefs[0]',
      message: /Secret\/default\/server: data\["tls.key"\] does not fit/,
    });
    await eventually(async () => await assert.rejects(sendTls(tls)));
    await othersServe();
    await dragoman.write('secret.yaml', secret);
    await eventually(async () => assert.equal((await sendTls(tls)).status, 200));
  });

  test('two Gateways on one address and port: the second is told whose it is', async () => {
    await dragoman.write(
      'second.yaml',
      gateway('[{ name: mine, port: {port:http}, protocol: HTTP }]').split('---')[1]?.replace(
        'name: web',
        'name: zweite',
      ) ?? '',
    );
    await tells({
      object: 'Gateway/default/zweite',
      field: 'spec.listeners[0].port',
      message: /port \d+ of 127\.0\.0\.1: Gateway\/default\/web has it/,
    });
    await othersServe();
    dragoman.remove('second.yaml');
    await eventually(() => assert.deepEqual(told(), []));
  });
});
