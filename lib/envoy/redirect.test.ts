import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RedirectAction } from '../model/mod.ts';
import { dependsOnPlace, type Place, routeAction } from './route-action.ts';
import { route } from './testing/models.ts';

const HTTP: Place = { port: 80, domain: 'www.example.com' };
const HTTPS: Place = { port: 443, domain: 'www.example.com', https: true };
const HIGH_HTTPS: Place = { port: 8443, domain: 'www.example.com', https: true };
const ANY_HTTPS: Place = { port: 443, domain: '*', https: true };
const ODD_HTTP: Place = { port: 443, domain: 'www.example.com' };
const ODD_HTTPS: Place = { port: 80, domain: 'www.example.com', https: true };
const ANY_ODD: Place = { port: 80, domain: '*', https: true };
const HIGH: Place = { port: 8080, domain: 'www.example.com' };
const ANY: Place = { port: 8080, domain: '*' };
const ANY_HTTP: Place = { port: 80, domain: '*.example.com' };

/** `host:port` of the location; `=` for what stays as the request has it. */
function location(action: Omit<RedirectAction, 'type' | 'status'>, place: Place): string {
  const encoded = routeAction(route('/', { type: 'redirect', status: 302, ...action }), place);
  assert.equal(encoded.case, 'redirect');
  if (encoded.case !== 'redirect') return '';
  return `${encoded.value.hostRedirect || '='}:${encoded.value.portRedirect || '='}`;
}

test('redirects name the port that clients need, and none that the scheme implies', () => {
  assert.equal(location({ port: 'listener' }, HTTP), 'www.example.com:=');
  assert.equal(location({ port: 'listener' }, HTTPS), 'www.example.com:=');
  assert.equal(location({ port: 'listener' }, HIGH), '=:8080');
  assert.equal(location({ scheme: 'https' }, HIGH), 'www.example.com:=');
  assert.equal(location({ scheme: 'https', port: 8443 }, HIGH), '=:8443');
  assert.equal(location({ port: 443 }, HTTP), '=:443');
  assert.equal(location({ port: 80 }, HIGH), 'www.example.com:=');
  assert.equal(location({ hostname: 'other.org', port: 'listener' }, HIGH), 'other.org:8080');
  assert.equal(location({ hostname: 'other.org', scheme: 'https' }, ANY), 'other.org:=');
});

test('redirects from a wildcard name the port where the Host of the request has another', () => {
  assert.equal(location({ scheme: 'https' }, ANY), '=:443');
  assert.equal(location({ scheme: 'http' }, ANY), '=:80');
  assert.equal(location({ port: 80 }, ANY), '=:80');
  assert.equal(location({ port: 'listener' }, ANY), '=:8080');
  assert.equal(location({ scheme: 'https' }, ANY_HTTP), '=:=');
});

test('without a scheme the protocol of the listener implies the port', () => {
  assert.equal(location({ port: 443 }, HIGH_HTTPS), 'www.example.com:=');
  assert.equal(location({ port: 80 }, HIGH_HTTPS), '=:80');
  assert.equal(location({ port: 'listener' }, HIGH_HTTPS), '=:8443');
  assert.equal(location({ port: 'listener' }, ODD_HTTP), '=:443');
  assert.equal(location({ port: 'listener' }, ODD_HTTPS), '=:80');
  assert.equal(location({ port: 443 }, ANY_HTTPS), '=:=');
  assert.equal(location({ scheme: 'https' }, ANY_ODD), '=:443');
});

test('dependsOnPlace() is true wherever two places give different bytes', () => {
  const places = [HTTP, HTTPS, HIGH, ANY, ANY_HTTP, HIGH_HTTPS, ANY_HTTPS, ODD_HTTP, ODD_HTTPS, ANY_ODD];
  for (const scheme of [undefined, 'http', 'https'] as const) {
    for (const hostname of [undefined, 'other.org']) {
      for (const port of [undefined, 'listener', 80, 443, 8443] as const) {
        const action = {
          ...(scheme === undefined ? {} : { scheme }),
          ...(hostname === undefined ? {} : { hostname }),
          ...(port === undefined ? {} : { port }),
        };
        const differ = new Set(places.map((place) => location(action, place))).size > 1;
        const depends = dependsOnPlace(route('/', { type: 'redirect', status: 302, ...action }));
        assert.ok(depends || !differ, JSON.stringify(action));
      }
    }
  }
});
