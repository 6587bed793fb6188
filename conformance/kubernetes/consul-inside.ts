/** An agent of Consul inside a cluster, on the node: reads `SERVICE HOST PORT`, where a service is from now on, a line each. */
import process from 'node:process';
import { createInterface } from 'node:readline';
import { NODE_ADDRESS } from '../cluster/addresses.ts';
import { startConsul } from '../standalone/consul.ts';

await using consul = await startConsul({ host: NODE_ADDRESS, port: 8500 });
for await (const line of createInterface({ input: process.stdin })) {
  const [service = '', host = '', port] = line.split(' ');
  consul.set(service, [{ host, port: Number(port) }]);
}
