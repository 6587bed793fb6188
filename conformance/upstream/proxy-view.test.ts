import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewLines } from './proxy-view.ts';

const address = (port: number) => ({ socket_address: { address: '0.0.0.0', port_value: port } });
const config = {
  configs: [
    {
      dynamic_listeners: [
        {
          name: 'http',
          active_state: { listener: { address: address(80), filter_chains: [{ name: 'plain' }] } },
        },
        { name: 'broken', error_state: { details: 'no such filter' } },
      ],
    },
    { dynamic_warming_clusters: [{ cluster: { name: 'infra/cold/80' } }] },
    {
      dynamic_route_configs: [{
        route_config: {
          name: 'table',
          virtual_hosts: [{
            domains: ['*'],
            routes: [
              { name: 'http/infra/mine/0', match: { path: '/a' }, route: { cluster: 'infra/a/80' } },
              { name: 'http/infra/mine/1', match: { path: '/b' }, direct_response: { status: 500 } },
              { name: 'http/infra/other/0', match: { path: '/c' }, route: { cluster: 'infra/c/80' } },
            ],
          }],
        },
      }],
    },
  ],
};
const clusters = {
  cluster_statuses: [{
    name: 'infra/a/80',
    host_statuses: [
      { address: address(3000), health_status: { eds_health_status: 'HEALTHY' } },
      { address: address(3001), health_status: { failed_outlier_check: true } },
    ],
  }],
};

test('a view tells listeners, the routes of the objects in question, and where they lead', () => {
  assert.deepEqual(viewLines({ config, clusters, routes: ['infra/mine'] }), [
    '  listener http listens on 0.0.0.0:80; chains: plain',
    '  listener broken does nothing; chains: none',
    '  listener broken was refused: no such filter',
    '  table *: {"path":"/a"} → infra/a/80 (http/infra/mine/0)',
    '  table *: {"path":"/b"} → status 500 (http/infra/mine/1)',
    '  and 1 routes of other objects',
    '  cluster infra/a/80: 0.0.0.0:3000, 0.0.0.0:3001 failed_outlier_check',
    '  clusters not warm yet: infra/cold/80',
  ]);
});

test('a cluster that a route names and Envoy lacks is told', () => {
  const lines = viewLines({ config, clusters, routes: ['infra/other'] });
  assert.ok(lines.includes('  cluster infra/c/80: not there'));
});

test('a proxy without configuration serves nothing', () => {
  assert.deepEqual(viewLines({ config: {}, clusters: {}, routes: [] }), ['  and 0 routes of other objects']);
});
