import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_WELL, parentConditions } from './expect.ts';
import { gateway, httpRoute } from './manifests.ts';
import { send } from './request.ts';
import { Standalone } from './standalone.ts';

/** Rules by path; each answers with a redirect. */
function redirects(rules: Readonly<Record<string, string>>): string {
  const list = Object.entries(rules).map(([path, redirect]) =>
    `{ matches: [{ path: { value: ${path} } }], filters: [{ type: RequestRedirect, requestRedirect: ${redirect} }] }`
  );
  return `[${list.join(', ')}]`;
}

test('redirects keep what they do not say, with the status that they say', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'route.yaml': httpRoute('web', {
        more: 'hostnames: [www.example, "*.wild.example"]',
        rules: redirects({
          '/host': '{ hostname: example.org }',
          '/scheme': '{ scheme: https }',
          '/scheme-and-host': '{ scheme: https, hostname: example.org }',
          '/port': '{ port: 8083 }',
          '/port-and-host': '{ port: 8083, hostname: example.org }',
          '/https-8443': '{ scheme: https, port: 8443, hostname: example.org }',
          '/https-443': '{ scheme: https, port: 443, hostname: example.org }',
          '/http-80': '{ scheme: http, port: 80, hostname: example.org }',
          '/http': '{ scheme: http, hostname: example.org }',
          '/port-80': '{ port: 80, hostname: example.org }',
          '/s301': '{ statusCode: 301, hostname: example.org }',
          '/s303': '{ statusCode: 303, hostname: example.org }',
          '/s307': '{ statusCode: 307, hostname: example.org }',
          '/s308': '{ statusCode: 308, hostname: example.org }',
        }),
      }) + httpRoute('paths', {
        more: 'hostnames: [www.example]',
        rules: redirects({
          '/prefix': '{ hostname: o, path: { type: ReplacePrefixMatch, replacePrefixMatch: /new } }',
          '/strip': '{ hostname: o, path: { type: ReplacePrefixMatch, replacePrefixMatch: / } }',
          '/full': '{ hostname: o, path: { type: ReplaceFullPath, replaceFullPath: /new } }',
        }),
      }),
    },
  });
  const port = dragoman.port('http');
  const to = async (path: string, host = 'www.example'): Promise<string> => {
    const { status, headers } = await send({ port, path, host });
    return `${status} ${headers.location}`;
  };
  const cases: Readonly<Record<string, string>> = {
    '/host/x?q=1': `302 http://example.org:${port}/host/x?q=1`,
    '/scheme': '302 https://www.example/scheme',
    '/scheme-and-host': '302 https://example.org/scheme-and-host',
    '/port': '302 http://www.example:8083/port',
    '/port-and-host': '302 http://example.org:8083/port-and-host',
    '/https-8443': '302 https://example.org:8443/https-8443',
    '/https-443': '302 https://example.org/https-443',
    '/http-80': '302 http://example.org/http-80',
    '/http': '302 http://example.org/http',
    '/port-80': '302 http://example.org/port-80',
    '/s301': `301 http://example.org:${port}/s301`,
    '/s303': `303 http://example.org:${port}/s303`,
    '/s307': `307 http://example.org:${port}/s307`,
    '/s308': `308 http://example.org:${port}/s308`,
    '/prefix': `302 http://o:${port}/new`,
    '/prefix/lemon?q=1': `302 http://o:${port}/new/lemon?q=1`,
    '/strip/lemon': `302 http://o:${port}/lemon`,
    '/strip': `302 http://o:${port}/`,
    '/full/path/original?q=1': `302 http://o:${port}/new?q=1`,
  };
  for (const [path, expected] of Object.entries(cases)) assert.equal(await to(path), expected, path);
  // The request's own port is not the redirect's.
  assert.equal(await to('/scheme', `www.example:${port}`), '302 https://www.example/scheme');
  assert.equal(await to('/port', `www.example:${port}`), '302 http://www.example:8083/port');
  assert.equal(await to('/host', 'www.example:1'), `302 http://example.org:${port}/host`);
  // Where the hostname is known but by the request, the scheme's own port may be said.
  for (const host of ['a.wild.example', `a.wild.example:${port}`]) {
    assert.match(await to('/scheme', host), /^302 https:\/\/a\.wild\.example(:443)?\/scheme$/);
  }
  assert.deepEqual(parentConditions(dragoman, { route: 'web' }), ALL_WELL);
});
