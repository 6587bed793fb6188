import { Command, Option } from 'commander';
import { stringify } from 'yaml';

import { type Resource, TYPE_URL } from '../envoy/resource.ts';
import { count, formatCounts } from './findings.ts';
import { CommandError, type ExitCode, exitCode, type Io } from './io.ts';
import { outputOption } from './options.ts';
import { addReadOptions, type ReadOptions, settingsOf } from './settings.ts';

type TypeName = 'listener' | 'extension' | 'route' | 'host' | 'cluster' | 'endpoint' | 'secret';

const types: Readonly<Record<TypeName, Resource['type']>> = {
  listener: 'Listener',
  extension: 'TypedExtensionConfig',
  route: 'RouteConfiguration',
  host: 'VirtualHost',
  cluster: 'Cluster',
  endpoint: 'ClusterLoadAssignment',
  secret: 'Secret',
};

interface TranslateOptions extends ReadOptions {
  readonly output: 'yaml' | 'json';
  readonly type?: TypeName;
  readonly name?: string;
}

/** Prints the Envoy resources; what was read and cannot be translated is only counted, since `validate` tells it. */
export async function translate(io: Io, path: string, options: TranslateOptions): Promise<ExitCode> {
  const { evaluate } = await import('./evaluate.ts');
  const { dataflow, findings } = await evaluate(path, settingsOf(options), io);
  const { resourceJson } = await import('../envoy/json.ts');
  const { type, name } = options;
  const chosen = dataflow.resources.values().filter((resource) =>
    (type === undefined || resource.type === types[type]) &&
    (name === undefined || matches(resource.name, name))
  );
  if (name !== undefined && chosen.length === 0) {
    const names = dataflow.resources.values().map((resource) => `  ${resource.type} ${resource.name}`);
    throw new CommandError(`no resource is named ${name}; there are:\n${names.join('\n')}`);
  }
  const resources = chosen.map((resource) =>
    Object.assign({ '@type': TYPE_URL[resource.type] }, resourceJson(resource))
  );
  io.out(options.output === 'json' ? `${JSON.stringify({ resources }, null, 2)}\n` : yaml({ resources }));
  const counts = count(findings);
  if (counts.errors > 0) io.err(`${formatCounts(counts)}: see "dragoman validate ${path}"\n`);
  return exitCode.ok;
}

/** `*` stands for any text. */
function matches(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}

export function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

export function translateCommand(io: Io, done: (code: ExitCode) => void): Command {
  return addReadOptions(new Command('translate'))
    .summary('print the Envoy resources that the manifests become')
    .description(
      'Prints the Envoy resources that the manifests become, exactly as proxies get them over xDS; private keys are not shown.',
    )
    .argument('<dir>', 'folder or file of manifests, or - for standard input')
    .addOption(new Option('--type <type>', 'only resources of one type').choices(Object.keys(types)))
    .option('--name <name>', 'only resources of this name; * stands for any text')
    .addOption(outputOption('yaml', 'json'))
    .addHelpText(
      'after',
      `
Examples:
  dragoman translate manifests/
  dragoman translate --type cluster manifests/
  dragoman translate --type host --name '*www.example.com*' -o json manifests/ | jq '.resources[].routes'

Exit codes: 0 printed, 1 nothing readable or no resource of that name, 2 wrong usage.`,
    )
    .action(async (path: string, options: TranslateOptions) => done(await translate(io, path, options)));
}
