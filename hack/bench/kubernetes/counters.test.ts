import assert from 'node:assert/strict';
import { test } from 'node:test';
import { total } from './counters.ts';

const TEXT = `# HELP requests_total Requests, by {whatever="they"} are.
# TYPE requests_total counter
requests_total{code="200",resource="httproutes",subresource="status"} 12
requests_total{code="201",resource="gateways",subresource="status"} 3
requests_total{code="409",resource="gateways",subresource="status"} 5
requests_total{code="200",resource="gateways",subresource=""} 100
requests_total_more{code="200"} 1000
plain 1.5e+3
`;

test('total() sums the series whose labels are as told', () => {
  assert.equal(total(TEXT, 'requests_total'), 120);
  assert.equal(total(TEXT, 'requests_total', { code: /^2/, subresource: /^status$/ }), 15);
  assert.equal(
    total(TEXT, 'requests_total', { code: /^2/, resource: /^(gateways)$/, subresource: /^status$/ }),
    3,
  );
});

test('total() reads a metric without labels, and none', () => {
  assert.equal(total(TEXT, 'plain'), 1_500);
  assert.equal(total(TEXT, 'requests'), 0);
  assert.equal(total(TEXT, 'plain', { code: /^2/ }), 0);
});
