import { Command } from 'commander';

import { count, formatCounts, formatFinding, plural } from './findings.ts';
import { type ExitCode, exitCode, type Io, paint } from './io.ts';
import { outputOption } from './options.ts';
import { addReadOptions, type ReadOptions, settingsOf } from './settings.ts';

interface ValidateOptions extends ReadOptions {
  readonly output: 'text' | 'json';
}

/** Tells every problem at once. */
export async function validate(io: Io, path: string, options: ValidateOptions): Promise<ExitCode> {
  const { evaluate } = await import('./evaluate.ts');
  const { folder, findings } = await evaluate(path, settingsOf(options), io);
  const counts = count(findings);
  const objects = folder.objects().length;
  const files = folder.files().length;
  if (options.output === 'json') {
    io.out(
      `${JSON.stringify({ valid: counts.errors === 0, files, objects, problems: findings }, null, 2)}\n`,
    );
  } else {
    for (const finding of findings) io.out(formatFinding(io, finding));
    const of = `${plural(objects, 'object')} in ${plural(files, 'file')}`;
    if (files === 0) io.err(`${path} has no manifests: nothing ends in .yaml, .yml or .json\n`);
    else if (counts.errors > 0) io.err(`${paint(io, 'red', formatCounts(counts))}; ${of} can be used\n`);
    else {io.err(
        `${paint(io, 'green', 'valid')}: ${of}${
          counts.warnings > 0 ? `, ${plural(counts.warnings, 'warning')}` : ''
        }\n`,
      );}
  }
  return counts.errors > 0 ? exitCode.failed : exitCode.ok;
}

export function validateCommand(io: Io, done: (code: ExitCode) => void): Command {
  return addReadOptions(new Command('validate'))
    .summary('tell every problem of the manifests')
    .description(
      'Checks manifests as the API server would, and what they refer to; tells every problem at once.',
    )
    .argument('<dir>', 'folder or file of manifests, or - for standard input')
    .addOption(outputOption('text', 'json'))
    .addHelpText(
      'after',
      `
Examples:
  dragoman validate manifests/
  dragoman validate -o json manifests/ | jq '.problems[].message'
  kubectl get gateways,httproutes,services -A -o yaml | dragoman validate -

Exit codes: 0 no errors (there may be warnings), 1 errors or nothing readable, 2 wrong usage.`,
    )
    .action(async (path: string, options: ValidateOptions) => done(await validate(io, path, options)));
}
