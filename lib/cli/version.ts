import { Command } from 'commander';
import { readFileSync } from 'node:fs';

import { ENVOY_VERSION } from '../proxy/binary.ts';
import { type ExitCode, exitCode, type Io } from './io.ts';
import { outputOption } from './options.ts';

/** Dragoman's own version. */
export function ownVersion(): string {
  const manifest = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

export function versionCommand(io: Io, done: (code: ExitCode) => void): Command {
  return new Command('version')
    .summary('print the versions of Dragoman and of what it is built for')
    .description(
      'Prints the versions of Dragoman, and of the Gateway API and the Envoy that it is built for.',
    )
    .addOption(outputOption('text', 'json'))
    .addHelpText(
      'after',
      '\nExamples:\n  dragoman version\n  dragoman version -o json\n\nExit codes: 0, or 2 for wrong usage.',
    )
    .action(({ output }: { readonly output: 'text' | 'json' }) => {
      const versions = { dragoman: ownVersion(), gatewayApi: 'v1.7.0', envoy: ENVOY_VERSION };
      if (output === 'json') io.out(`${JSON.stringify(versions)}\n`);
      else {io.out(
          `dragoman ${versions.dragoman} (Gateway API ${versions.gatewayApi}, Envoy ${versions.envoy})\n`,
        );}
      done(exitCode.ok);
    });
}
