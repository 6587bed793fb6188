import { type Command, InvalidArgumentError, Option } from 'commander';
import process from 'node:process';

import type { LegacyProxies } from '../../controllers/settings.ts';
import { type LegacySettings, legacySettingsOf, type Variables } from '../api/legacy/mod.ts';
import { parseAddress, parseInteger } from './options.ts';

/** What an installation of Ambassador or Emissary was told by its environment, as options. */
export interface LegacyOptions {
  readonly ambassadorId?: string;
  readonly ambassadorNamespace?: string;
  readonly ambassadorSingleNamespace?: boolean;
  readonly ambassadorBindAddress?: string;
  readonly ambassadorDisableEndpoints?: boolean;
  readonly strictLabelSelectors?: boolean;
  readonly legacyLua?: boolean;
  readonly legacyVariable?: Variables;
}

/** Who serves legacy Listeners in a cluster. */
export interface LegacyProxyOptions {
  readonly legacy?: boolean;
  readonly legacyGateway?: LegacyProxies['gateway'];
  readonly legacyGatewayClass?: string;
  readonly legacyServicePorts?: LegacyProxies['servicePorts'];
}

const group = 'Options of legacy resources (getambassador.io):';

/** The ports of the Service that Emissary's own manifests have. */
const servicePorts: LegacyProxies['servicePorts'] = [{ port: 80, target: 8080 }, { port: 443, target: 8443 }];

export function addLegacyOptions(command: Command): Command {
  const options = [
    new Option('--ambassador-id <id>', 'serve what is for this id (default: AMBASSADOR_ID, or default)'),
    new Option(
      '--ambassador-namespace <name>',
      "the installation's own namespace (default: AMBASSADOR_NAMESPACE; the controller's own; or default)",
    ),
    new Option(
      '--ambassador-single-namespace',
      'ignore the resources of other namespaces (default: whether AMBASSADOR_SINGLE_NAMESPACE is set)',
    ),
    new Option(
      '--ambassador-bind-address <address>',
      'IP address that Listeners bind (default: AMBASSADOR_ENVOY_BIND_ADDRESS, or what all listeners do)',
    ).argParser(parseAddress),
    new Option(
      '--ambassador-disable-endpoints',
      'reach Services by DNS alone (default: whether AMBASSADOR_DISABLE_ENDPOINTS is set)',
    ),
    new Option(
      '--no-strict-label-selectors',
      'one label that fits is enough for a selector (default: whether DISABLE_STRICT_LABEL_SELECTORS is true)',
    ),
    new Option('--legacy-lua', 'run lua_scripts of the ambassador Module in the proxies'),
    new Option(
      '--legacy-variable <name=value>',
      'what ${NAME} stands for in resources; may be given several times',
    ).argParser(addVariable),
  ];
  for (const option of options) command.addOption(option.helpGroup(group));
  return command;
}

export function legacyProxyOptions(): Option[] {
  return [
    new Option('--no-legacy', 'leave the resources of getambassador.io to others'),
    new Option(
      '--legacy-gateway <namespace/name>',
      "the Gateway of Listeners that name none; made up unless it exists (default: the controller's namespace, /legacy)",
    ).argParser(parseGateway),
    new Option('--legacy-gateway-class <name>', 'GatewayClass of the one that is made up').default(
      'dragoman',
    ),
    new Option(
      '--legacy-service-ports <port:target,...>',
      'ports of its Service, and the ports of Listeners behind them',
    ).argParser(parseServicePorts).default(servicePorts, '80:8080,443:8443'),
  ];
}

/** What options say goes before what the environment says. */
export function legacySettingsFor(
  options: LegacyOptions,
  { namespace, environment = process.env }: {
    readonly namespace?: string | undefined;
    readonly environment?: Readonly<Record<string, string | undefined>>;
  } = {},
): LegacySettings {
  const said = legacySettingsOf({
    ...environment,
    AMBASSADOR_NAMESPACE: environment['AMBASSADOR_NAMESPACE'] || namespace,
  });
  const bindAddress = options.ambassadorBindAddress ?? said.bindAddress;
  return {
    ambassadorId: options.ambassadorId ?? said.ambassadorId,
    namespace: options.ambassadorNamespace ?? said.namespace,
    singleNamespace: options.ambassadorSingleNamespace ?? said.singleNamespace,
    ...(bindAddress === undefined ? {} : { bindAddress }),
    disableEndpoints: options.ambassadorDisableEndpoints ?? said.disableEndpoints,
    // There is no option for what is so by default.
    strictLabelSelectors: options.strictLabelSelectors !== false && said.strictLabelSelectors,
    ...(options.legacyVariable === undefined ? {} : { variables: options.legacyVariable }),
  };
}

/** Undefined if legacy resources are left to others. */
export function legacyProxiesFor(
  { legacy = true, legacyGateway, legacyGatewayClass, legacyServicePorts = servicePorts }: LegacyProxyOptions,
  namespace: string,
): LegacyProxies | undefined {
  if (!legacy) return undefined;
  return {
    gateway: legacyGateway ?? { namespace, name: 'legacy' },
    gatewayClassName: legacyGatewayClass ?? 'dragoman',
    servicePorts: legacyServicePorts,
  };
}

const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';

/** Its name is the value of a label. */
function parseGateway(text: string): LegacyProxies['gateway'] {
  const [, namespace, name] = new RegExp(`^(${label})/(${label})$`).exec(text) ?? [];
  if (namespace === undefined || name === undefined) {
    throw new InvalidArgumentError('Give NAMESPACE/NAME, such as infra/web.');
  }
  return { namespace, name };
}

function addVariable(text: string, others: Variables = {}): Variables {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Give NAME=VALUE, such as REGION=eu-west.');
  }
  return { ...others, [name]: value };
}

function parseServicePorts(text: string): LegacyProxies['servicePorts'] {
  const port = (digits: string): number =>
    parseInteger(digits, { min: 1, max: 65_535, example: '80:8080,443:8443' });
  return text.split(',').filter((pair) => pair !== '').map((pair) => {
    const [from = '', to = from] = pair.split(':');
    return { port: port(from.trim()), target: port(to.trim()) };
  });
}
