import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonIn } from './reason.ts';

test('reasonIn() leaves out the quoted resource and the way to the field', () => {
  const message =
    'goo.gle/debugstr   \nname: "default/web/80/a.example"\nroutes {\n  name: "HTTPRoute/other/secret"\n}\n' +
    ': Proto constraint validation failed (VirtualHostValidationError.Routes[0]: embedded message failed validation | ' +
    'caused by RouteValidationError.Route: embedded message failed validation | caused by ' +
    'RouteActionValidationError.PrefixRewrite: value does not match regex pattern "^[^\\x00\\n\\r]*$")';
  assert.equal(
    reasonIn(message),
    'Proto constraint validation failed (RouteActionValidationError.PrefixRewrite: value does not match regex pattern "^[^\\x00\\n\\r]*$")',
  );
  assert.equal(
    reasonIn('Proto constraint validation failed (A.B: value must be set): goo.gle/debugonly name: "x"'),
    'Proto constraint validation failed (A.B: value must be set):',
  );
});

test('reasonIn() keeps other messages, up to a length', () => {
  assert.equal(
    reasonIn('Error adding/updating listener(s) a: no such filter\n'),
    'Error adding/updating listener(s) a: no such filter',
  );
  assert.equal(reasonIn('x'.repeat(5_000)).length, 1_001);
  assert.equal(reasonIn('goo.gle/debugstr name: "x"'), 'Envoy gives no reason');
});
