/** Sends requests from inside a cluster: reads one a line, and writes what came of each. */
import { createInterface } from 'node:readline';
import process from 'node:process';
import { send } from '../standalone/request.ts';
import { sendTls } from '../standalone/tls-request.ts';
import type { InsideAnswer, InsideRequest } from './requests.ts';

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as InsideRequest;
  const { id } = request;
  const answered = 'options' in request ? send(request.options) : sendTls(request.tlsOptions);
  void answered.then(
    (answer) => tell({ id, answer }),
    (error: unknown) => tell({ id, error: String(error) }),
  );
}

function tell(outcome: InsideAnswer): void {
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
