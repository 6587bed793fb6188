// A controller for the tests to kill: starts the Envoy named by its argument, says where it is, and waits.
import { dirname } from 'node:path';
import process from 'node:process';
import { EnvoyProcess } from '../process.ts';
import { staticBootstrap } from './static-bootstrap.ts';

const envoy = new EnvoyProcess({
  binary: process.argv[2] ?? '',
  bootstrap: (admin) => staticBootstrap(admin, 1),
  concurrency: 1,
});
await envoy.start();
console.log(
  JSON.stringify({ pid: envoy.pid, directory: 'path' in envoy.admin ? dirname(envoy.admin.path) : '' }),
);
