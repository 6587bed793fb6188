/**
 * Asks Envoy's admin interface, from inside the network namespace of its pod: that is where its abstract socket is. The arguments
 * are paths; writes a JSON object of answers by path.
 */
import { request } from 'node:http';
import process from 'node:process';
import { text } from 'node:stream/consumers';

/** `SOCKETS.admin` of lib/proxy/bootstrap-kubernetes.ts. */
const SOCKET = '\0dragoman/admin';

function ask(path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath: SOCKET, path, headers: { host: 'admin' }, timeout: 5000 },
      (response) => {
        text(response).then((body) => resolve(JSON.parse(body))).catch(reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('the admin interface does not answer')));
    sent.on('error', reject);
    sent.end();
  });
}

const answers: Record<string, unknown> = {};
for (const path of process.argv.slice(2)) answers[path] = await ask(path);
process.stdout.write(JSON.stringify(answers));
