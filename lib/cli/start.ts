import { Command } from 'commander';
import { relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { type ExitCode, type Io, paint } from './io.ts';
import { listenersOf } from './listeners.ts';
import { formatHostPort, formatReachable } from './options.ts';
import { addRunOptions, type RunOptions } from './run.ts';
import type { Serving } from './serve.ts';

/** Of the quickstart, as short as can be said from here. */
function folder(): string {
  const absolute = fileURLToPath(new URL('../../manifests/examples/quickstart', import.meta.url));
  const path = relative(process.cwd(), absolute);
  return path.startsWith('..') ? absolute : path;
}

function greeting(io: Io, { dataflow, statusUrl, backends }: Serving): string {
  const [listener] = listenersOf(dataflow);
  const gateway = listener === undefined ? '' : formatReachable(listener);
  const echoes = backends.list().map(({ name, host, port }) =>
    `${name} at ${formatHostPort({ host, port })}`
  );
  return `${paint(io, 'green', 'Ready.')}

  gateway     http://${gateway}
  status      ${statusUrl}
  backends    ${echoes.join(', ')}
  manifests   ${folder()}

Try:
  curl -H 'Host: www.example.com' 'http://${gateway}/'
  curl -H 'Host: www.example.com' 'http://${gateway}/api/items?delay=100'
  curl -i -H 'Host: www.example.com' 'http://${gateway}/old'

Then edit the manifests: the next request follows them. Ctrl-C stops everything.
`;
}

export function startCommand(io: Io, done: (code: ExitCode) => void): Command {
  const command = new Command('start')
    .summary('serve the quickstart example with echo backends')
    .description(
      'Serves the quickstart example, with backends of its own that answer with the request that they saw.',
    );
  return addRunOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  dragoman start
  dragoman start --status-address 127.0.0.1:9001 --log-format json

Exit codes: 0 told to stop (SIGINT or SIGTERM) and drained, 1 cannot serve, 2 wrong usage.`,
    )
    .action(async (options: RunOptions) => {
      const { serve } = await import('./serve.ts');
      done(
        await serve(io, folder(), { ...options, echo: true, greet: (serving) => greeting(io, serving) }),
      );
    });
}
