/** The `dragoman` command line. */

import { Command, CommanderError } from 'commander';
import process from 'node:process';

import { FolderError } from '../files/problem.ts';
import { certCommand } from './cert.ts';
import { echoCommand } from './echo.ts';
import { CommandError, type ExitCode, exitCode, type Io, paint, processIo } from './io.ts';
import { proxyCommand } from './proxy.ts';
import { runCommand } from './run.ts';
import { startCommand } from './start.ts';
import { statusCommand } from './status.ts';
import { translateCommand } from './translate.ts';
import { validateCommand } from './validate.ts';
import { ownVersion, versionCommand } from './version.ts';

/** Runs one command. Never throws for what users can mend. */
export async function main(args: readonly string[], io: Io = processIo()): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const program = dragoman(io, (ended) => (code = ended));
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    if (!(error instanceof CommandError || error instanceof FolderError)) throw error;
    io.err(`${paint(io, 'red', 'error')}: ${error.message}\n`);
    return exitCode.failed;
  }
}

function dragoman(io: Io, done: (code: ExitCode) => void): Command {
  const program = new Command('dragoman')
    .description('Serves Gateway API manifests with Envoy.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .helpCommand('help [command]', 'explain a command')
    .showHelpAfterError('(--help explains, with examples)')
    .addHelpText(
      'after',
      `
Examples:
  dragoman start                    # a first gateway, with backends of its own
  dragoman run manifests/           # serve a folder and follow its changes
  dragoman validate manifests/      # tell every problem at once
  dragoman status manifests/        # what gateways and routes would report

Exit codes: 0 done, 1 the manifests have errors or the work failed, 2 wrong usage.
NO_COLOR and FORCE_COLOR are respected.`,
    );
  for (
    const command of [
      runCommand(io, done),
      startCommand(io, done),
      validateCommand(io, done),
      translateCommand(io, done),
      statusCommand(io, done),
      echoCommand(io, done),
      certCommand(io, done),
      proxyCommand(io, done),
      versionCommand(io, done),
    ]
  ) {
    program.addCommand(command);
  }
  for (const command of [program, ...program.commands.flatMap((command) => [command, ...command.commands])]) {
    command.exitOverride().configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHasColors: () => io.colour,
      getErrHasColors: () => io.colour,
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    });
    command.showHelpAfterError('(--help explains, with examples)');
  }
  return program;
}

if (import.meta.main) {
  // A reader that has seen enough, such as head, is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCode.ok);
    throw error;
  });
  process.exitCode = await main(process.argv.slice(2));
}
