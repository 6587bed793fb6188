import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeProblem, formatSource } from '../../lib/files/mod.ts';
import { legacy, listener } from './legacy.ts';
import { service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';

const good = legacy('Mapping', 'good', '{ hostname: "*", prefix: /good/, service: a }');

function bad(spec: string, name = 'bad'): string {
  return legacy('Mapping', name, spec);
}

describe('bad legacy input is told by place and field, and everything else serves', () => {
  let dragoman: Standalone;

  before(async () => {
    dragoman = await Standalone.start({
      files: {
        'all.yaml': listener('http') + service('a') +
          legacy('Host', 'all', '{ hostname: "*", requestPolicy: { insecure: { action: Route } } }') + good,
        'bad.yaml': '',
      },
    });
  });

  after(() => dragoman[Symbol.asyncDispose]());

  /** All that is told, each in a line: where, of what, and what is wrong. */
  function told(): string[] {
    const { folder, dataflow } = dragoman.running;
    return [
      ...folder.problems().map((problem) => `${formatSource(problem)} ${describeProblem(problem)}`),
      ...dataflow.diagnostics.values().flatMap(({ key, diagnostics }) =>
        diagnostics.map(({ field, message }) => {
          const [kind = '', ...name] = key.split('/');
          const source = folder.sourceOf(kind, name.join('/'), field);
          return `${source === undefined ? '' : formatSource(source)} ${key} ${field}: ${message}`;
        })
      ),
    ];
  }

  async function expects(text: string, lines: readonly RegExp[]): Promise<void> {
    await dragoman.write('bad.yaml', text);
    await eventually(() => {
      const all = told();
      for (const line of lines) {
        assert.ok(all.some((each) => line.test(each)), `${line} in\n${all.join('\n')}`);
      }
    });
    for (const line of told()) assert.doesNotMatch(line, /\n\s+at |node:internal|\[object|undefined/, line);
    const { status } = await send({ port: dragoman.port('http'), path: '/good/', host: 'www.example' });
    assert.equal(status, 200);
  }

  test('truncated YAML', async () => {
    await expects(bad('{ hostname: "*", prefix: /bad/, service: a').trimEnd(), [/bad\.yaml:\d+/]);
  });

  test('a version that there is not', async () => {
    const text = bad('{ hostname: "*", prefix: /bad/, service: a }').replace('v3alpha1', 'v9');
    await expects(text, [/bad\.yaml:\d+.*v9/]);
  });

  test('a field that there is not', async () => {
    await expects(bad('{ hostname: "*", prefix: /bad/, service: a, prefixx: 1 }'), [
      /bad\.yaml:\d+.*spec\.prefixx.*prefix/,
    ]);
  });

  test('a field of the wrong type, and one that is missing', async () => {
    await expects(bad('{ hostname: "*", prefix: 7, timeout_ms: soon }'), [
      /bad\.yaml:\d+.*spec\.prefix/,
      /bad\.yaml:\d+.*spec\.timeout_ms/,
      /bad\.yaml:\d+.*spec\.service/,
    ]);
  });

  test('a kind of each sort that cannot be decoded, in its status, too', async () => {
    const wrong = {
      'Mapping/default/bad': '{ hostname: "*", prefix: /bad/, service: a, timeout_ms: soon }',
      'TLSContext/default/bad': '{ min_tls_version: v9 }',
      'Module/default/ambassador': '{ config: { cluster_request_timeout_ms: soon } }',
    };
    const manifests = Object.entries(wrong).map(([key, spec]) => {
      const [kind = '', , name = ''] = key.split('/');
      return legacy(kind, name, spec);
    });
    await expects(manifests.join(''), [/spec\.timeout_ms/, /spec\.min_tls_version/, /spec\.config/]);
    for (const key of Object.keys(wrong)) {
      assert.equal(conditionOf(dragoman.status(key), 'Accepted')?.reason, 'Invalid', key);
    }
  });

  test('an AuthService that cannot be decoded keeps everything out until it is mended', async () => {
    const ask = () => send({ port: dragoman.port('http'), path: '/good/', host: 'www.example' });
    await dragoman.write('bad.yaml', legacy('AuthService', 'auth', '{ auth_service: a, proto: post }'));
    await eventually(async () => assert.equal((await ask()).status, 500));
    const status = dragoman.status('AuthService/default/auth');
    assert.match(conditionOf(status, 'Accepted')?.message ?? '', /^spec\.proto /);
    await dragoman.write('bad.yaml', legacy('AuthService', 'auth', '{ auth_service: a }'));
    await eventually(async () => assert.equal((await ask()).status, 200));
    await dragoman.write('bad.yaml', '# nothing\n');
    await eventually(() => assert.equal(dragoman.status('AuthService/default/auth'), undefined));
  });

  test('a name twice, as of a Mapping that is its own canary', async () => {
    const canary = (weight: string): string =>
      bad(`{ hostname: "*", prefix: /bad/, service: a${weight} }`, 'self');
    await expects(canary('') + canary(', weight: 10'), [/bad\.yaml:9:1 is already defined at .*bad\.yaml:3/]);
  });

  test('a long regular expression is taken, and a broken one is told', async () => {
    const long = '(a|b)'.repeat(1_000);
    const mapping = (expression: string): string =>
      bad(`{ hostname: "*", prefix: "/bad/${expression}", prefix_regex: true, service: a }`);
    await dragoman.write('bad.yaml', mapping(long));
    const path = `/bad/${'ab'.repeat(500)}`;
    const ask = () => send({ port: dragoman.port('http'), path, host: 'www.example' });
    await eventually(async () => assert.equal((await ask()).status, 200));
    await expects(mapping(`${long.slice(0, 4_999)}(`), [
      /bad\.yaml:\d+.*Mapping\/default\/bad spec\.prefix: .*RE2/,
    ]);
  });
});
