import { Command, InvalidArgumentError } from 'commander';
import { isIP } from 'node:net';

import { type ExitCode, exitCode, type Io } from './io.ts';
import { parseInteger } from './options.ts';
import { yaml } from './translate.ts';
import { writePrivate } from './write-private.ts';

interface CertOptions {
  readonly name?: string;
  readonly namespace: string;
  readonly days: number;
  readonly write?: string;
  readonly pem?: string;
}

/** Makes a key pair for trying TLS out, as a Secret. */
export async function cert(io: Io, hosts: readonly string[], options: CertOptions): Promise<ExitCode> {
  const {
    name = `${(hosts[0] ?? '').replace('*.', 'wildcard.').replaceAll(':', '-')}-tls`,
    namespace,
    days,
  } = options;
  const { selfSigned } = await import('./certificate.ts');
  const pair = await selfSigned(hosts, days);
  const manifest = yaml({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': pair.certificate, 'tls.key': pair.privateKey },
  });
  if (options.pem !== undefined) await writePrivate(pair.certificate, { flag: '--pem', file: options.pem });
  if (options.write === undefined) io.out(manifest);
  else {
    await writePrivate(manifest, { flag: '--write', file: options.write });
    io.err(`Secret ${namespace}/${name} for ${hosts.join(', ')} is in ${options.write}\n`);
  }
  return exitCode.ok;
}

export function certCommand(io: Io, done: (code: ExitCode) => void): Command {
  return new Command('cert')
    .summary('make a self-signed certificate, as a Secret')
    .description(
      'Makes a key pair with a self-signed certificate for trying TLS out, and prints it as a Secret.',
    )
    .argument('<host...>', 'DNS names (the first label may be *) or IP addresses', collectHost)
    .option('--name <name>', 'name of the Secret (default: HOST-tls)')
    .option('--namespace <namespace>', 'namespace of the Secret', 'default')
    .option('--days <n>', 'how long it is valid', parseDays, 90)
    .option('--write <file>', 'write the Secret to a file that only you may read, and print nothing')
    .option('--pem <file>', 'also write the certificate alone, for clients to trust')
    .addHelpText(
      'after',
      `
Examples:
  dragoman cert www.example.com > certificate.yaml
  dragoman cert '*.example.com' example.com --name wild --pem ca.pem --write certificate.yaml

Exit codes: 0 made, 1 a file cannot be written, 2 wrong usage.`,
    )
    .action(async (hosts: string[], options: CertOptions) => done(await cert(io, hosts, options)));
}

const HOST = /^(\*\.)?([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function collectHost(text: string, before: readonly string[] | undefined): readonly string[] {
  const host = text.toLowerCase();
  if (isIP(host) === 0 && (host.length > 253 || !HOST.test(host))) {
    throw new InvalidArgumentError('Give a DNS name or an IP address, such as www.example.com.');
  }
  return [...before ?? [], host];
}

function parseDays(text: string): number {
  return parseInteger(text, { min: 1, max: 825, example: '90' });
}
