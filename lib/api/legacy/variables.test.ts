import assert from 'node:assert/strict';
import { test } from 'node:test';

import { only } from './testing/decoded.ts';
import { unknownVariables, withVariables } from './variables.ts';

const mapping = only(
  'Mapping',
  `
apiVersion: getambassador.io/v2
kind: Mapping
name: \${A}
prefix: /\${A}/$A/\${B}/$
prefix_regex: true
service: \${A}-\${A}
add_request_headers: {"\${A}": "\${__proto__}\${C}"}
remove_request_headers: ['\${A}']
`,
);

test('variables are replaced in strings of the spec, and nothing else that has a dollar', () => {
  const { key, spec } = withVariables(mapping, { A: 'x$&', C: '${B}' });
  assert.equal(key, 'shop/${A}');
  assert.equal(spec.path.value, '/x$&/$A/${B}/$');
  assert.equal(spec.service, 'x$&-x$&');
  assert.deepEqual(spec.addRequestHeaders, [{ name: 'x$&', value: '${__proto__}${B}', append: true }]);
  assert.deepEqual(spec.removeRequestHeaders, ['x$&']);
});

test('an object without any variable is the very same', () => {
  assert.equal(withVariables(mapping, {}), mapping);
});

test('names that are no variables are told', () => {
  assert.deepEqual(unknownVariables(mapping, { A: '' }), ['B', 'C', '__proto__']);
});
