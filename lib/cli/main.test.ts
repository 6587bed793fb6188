import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dragoman } from './testing/command.ts';

const COMMANDS = ['run', 'start', 'validate', 'translate', 'status', 'echo', 'cert', 'proxy', 'version'];

test('`--help` lists the commands and explains the exit codes', async () => {
  const { code, out, err } = await dragoman(['--help']);
  assert.equal(code, 0);
  assert.equal(err, '');
  for (const command of COMMANDS) assert.match(out, new RegExp(`^ {2}${command}\\b`, 'm'));
  assert.match(out, /Exit codes: 0/);
});

for (const command of [...COMMANDS, 'proxy bootstrap']) {
  test(`\`${command} --help\` has examples and exit codes`, async () => {
    const { code, out } = await dragoman([...command.split(' '), '--help']);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`Examples?:\\n.*dragoman ${command}`));
    assert.match(out, /Exit codes: 0/);
    assert.ok(out.split('\n').every((line) => line.length <= 110), 'a line is too long');
  });
}

const WRONG: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [['vaildate', 'x'], /Did you mean validate\?/],
  [['validate'], /missing required argument 'dir'/],
  [['validate', 'x', '--outptu', 'json'], /unknown option '--outptu'/],
  [['validate', 'x', '-o', 'xml'], /Allowed choices are text, json/],
  [['run', 'x', '--port-shift', 'many'], /'--port-shift <n>'.*whole number from 0 to 64512/],
  [['run', 'x', '--bind', 'here'], /'--bind <address>'.*IP address, such as 127\.0\.0\.1/],
  [['run', 'x', '--status-address', '8001'], /'--status-address <host:port>'.*127\.0\.0\.1:8001/],
  [['run', 'x', '--status-address', 'example.com:1'], /IP address or localhost/],
  [['run', 'x', '--log-format', 'xml'], /Allowed choices are json, pretty/],
  [['translate', 'x', '--type', 'thing'], /Allowed choices are listener/],
  [['proxy', 'bootstrap', 'web'], /Give NAMESPACE\/NAME, such as shop\/web/],
  [['echo', '--port', '70000'], /whole number from 0 to 65535/],
];

for (const [args, says] of WRONG) {
  test(`\`${args.join(' ')}\` ends with 2 and names what is wrong`, async () => {
    const { code, out, err } = await dragoman(args);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, says);
  });
}

test('`version` and `--version` name the version', async () => {
  const { dragoman: version } = JSON.parse((await dragoman(['version', '-o', 'json'])).out) as {
    dragoman: string;
  };
  assert.equal((await dragoman(['--version'])).out, `${version}\n`);
  assert.match(
    (await dragoman(['version'])).out,
    new RegExp(`^dragoman ${version} \\(Gateway API v1\\.7\\.0, Envoy `),
  );
});
