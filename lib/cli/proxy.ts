import { Command, InvalidArgumentError } from 'commander';

import { clientSecretName, infraName, type NamedGateway } from '../../controllers/infra/names.ts';
import { kinds } from '../api/mod.ts';
import {
  ApiError,
  ConnectionError,
  isStatus,
  KubeApi,
  loadConnection,
  objectPath,
  type RawObject,
  type ResourceType,
  secretType,
  textsOf,
} from '../kube/mod.ts';
import { credentialsIn } from '../pki/mod.ts';
import { byHand } from '../proxy/bootstrap-by-hand.ts';
import type { BootstrapJson } from '../proxy/bootstrap-parts.ts';
import { CommandError, type ExitCode, exitCode, type Io } from './io.ts';
import { type HostPort, outputOption, parseHostPort } from './options.ts';
import { yaml } from './translate.ts';
import { ownVersion } from './version.ts';
import { writePrivate } from './write-private.ts';

interface BootstrapOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly xdsAddress?: HostPort;
  readonly healthAddress?: HostPort;
  readonly node: string;
  readonly output: string;
  readonly write?: string;
}

interface GatewayKey {
  readonly namespace: string;
  readonly name: string;
}

/** Prints what an Envoy of a Gateway starts with. */
async function bootstrap(io: Io, gateway: GatewayKey, options: BootstrapOptions): Promise<ExitCode> {
  const api = new KubeApi({ connection: connect(options), userAgent: `dragoman/${ownVersion()}` });
  try {
    const { xdsAddress: xds, healthAddress: health, node, output, write } = options;
    const { inPods, credentials } = await readProxy(api, gateway);
    const result = byHand(inPods, { credentials, node, xds, health });
    const text = output === 'json' ? `${JSON.stringify(result, undefined, 2)}\n` : yaml(result);
    if (write === undefined) io.out(text);
    else await writePrivate(text, { flag: '--write', file: write });
    return exitCode.ok;
  } catch (error) {
    throw error instanceof ApiError ? new CommandError(error.message) : error;
  } finally {
    api.close();
  }
}

function connect({ kubeconfig, context }: BootstrapOptions): ReturnType<typeof loadConnection> {
  try {
    return loadConnection({ kubeconfig, context });
  } catch (error) {
    throw error instanceof ConnectionError ? new CommandError(error.message) : error;
  }
}

/** What the Gateway's Pods start with, and the certificate that they show. */
async function readProxy(api: KubeApi, key: GatewayKey) {
  const { namespace } = key;
  const name = `${namespace}/${key.name}`;
  const gateway = await get(api, kinds.Gateway, key) as (RawObject & NamedGateway) | undefined;
  if (gateway === undefined) throw new CommandError(`there is no Gateway ${name}`);
  const configMap = { namespace, name: infraName(gateway) };
  const secret = { namespace, name: clientSecretName(gateway) };
  const [config, certificate] = await Promise.all([
    get(api, kinds.ConfigMap, configMap),
    get(api, secretType, secret),
  ]);
  const text = (config?.['data'] as Readonly<Record<string, string>> | undefined)?.['bootstrap.json'];
  if (text === undefined) {
    throw new CommandError(
      `Gateway ${name} has no proxies: ConfigMap ${namespace}/${configMap.name} is missing. Is the Gateway accepted?`,
    );
  }
  const credentials = certificate === undefined ? undefined : credentialsIn(textsOf(certificate));
  if (credentials === undefined) {
    throw new CommandError(`Secret ${namespace}/${secret.name} of Gateway ${name} has no certificate yet`);
  }
  return { inPods: JSON.parse(text) as BootstrapJson, credentials };
}

async function get(api: KubeApi, type: ResourceType, key: GatewayKey): Promise<RawObject | undefined> {
  try {
    const { body } = await api.request(
      'GET',
      objectPath(type, { version: type.versions[0] ?? 'v1', ...key }),
    );
    return body as RawObject;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

export function proxyCommand(io: Io, done: (code: ExitCode) => void): Command {
  const command = new Command('bootstrap')
    .summary('print what an Envoy of a Gateway in Kubernetes starts with')
    .description(
      'Prints what an Envoy of a Gateway in Kubernetes starts with, its certificate and private key included, so that one can be run by hand. The certificate is good for that Gateway alone, and lasts up to 30 days.',
    )
    .argument('<namespace/name>', 'the Gateway', parseGateway)
    .option(
      '--kubeconfig <file>',
      'how to reach the API server (default: KUBECONFIG, the service account of the Pod, or ~/.kube/config)',
    )
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .option(
      '--xds-address <host:port>',
      'where the controller is reached (default: where the Pods of the Gateway find it)',
      parseHostPort,
    )
    .option(
      '--health-address <host:port>',
      'where Envoy answers about its health (default: as in its Pods, port 19001 of all addresses)',
      parseHostPort,
    )
    .option('--node <id>', 'what the proxy is called', 'by-hand')
    .addOption(outputOption('yaml', 'json'))
    .option('--write <file>', 'write to a file that only you may read, and print nothing')
    .addHelpText(
      'after',
      `
Examples:
  dragoman proxy bootstrap shop/web --write web.yaml && envoy -c web.yaml
  kubectl -n dragoman-system port-forward deployment/dragoman 18000 &
  dragoman proxy bootstrap shop/web --xds-address 127.0.0.1:18000 --health-address 127.0.0.1:19001 -o json

It reads the Gateway, its ConfigMap and its Secret. Envoy binds the listeners' ports as they are.

Exit codes: 0 done, 1 there is no such Gateway or it has no proxies, 2 wrong usage.`,
    )
    .action(async (gateway: GatewayKey, options: BootstrapOptions) =>
      done(await bootstrap(io, gateway, options))
    );
  return new Command('proxy')
    .summary('run a proxy of a Gateway in Kubernetes by hand')
    .description('What is needed to run a proxy of a Gateway in Kubernetes by hand.')
    .addCommand(command)
    .addHelpText(
      'after',
      `
Example:
  dragoman proxy bootstrap shop/web > web.yaml

Exit codes: 0 done, 1 it could not be done, 2 wrong usage.`,
    );
}

function parseGateway(text: string): GatewayKey {
  const [, namespace, name] = /^([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined) {
    throw new InvalidArgumentError('Give NAMESPACE/NAME, such as shop/web.');
  }
  return { namespace, name };
}
