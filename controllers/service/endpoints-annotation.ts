import { isIP } from 'node:net';

/**
 * Annotation of a Service in standalone mode that names its endpoints in place of EndpointSlices:
 * `address:port` entries separated by commas, an IPv6 address in brackets, each optionally for one of the Service's
 * ports as `portName=address:port`. For instance `127.0.0.1:3000,[::1]:3000` or `http=127.0.0.1:3000,admin=127.0.0.1:9000`.
 */
export const ENDPOINTS_ANNOTATION = 'dragoman.dev/endpoints';

export interface AnnotatedEndpoint {
  /** Absent: for all ports of the Service. */
  readonly portName?: string;
  readonly address: string;
  readonly port: number;
}

export interface AnnotatedEndpoints {
  readonly endpoints: readonly AnnotatedEndpoint[];
  /** Entries that could not be read, with the reason. */
  readonly problems: readonly string[];
}

const format = /^(?:([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)=)?(?:\[([^\]]+)\]|([^[\]:]+)):(\d{1,5})$/;

export function parseEndpoints(annotation: string): AnnotatedEndpoints {
  const endpoints: AnnotatedEndpoint[] = [];
  const problems: string[] = [];
  for (const entry of annotation.split(',').map((part) => part.trim()).filter((part) => part !== '')) {
    const [, portName, v6, v4, digits = ''] = format.exec(entry) ?? [];
    const address = v6 ?? v4;
    const port = Number(digits);
    if (address === undefined) {
      problems.push(`'${entry}' is not of the form address:port or portName=address:port.`);
    } else if (isIP(address) !== (v6 === undefined ? 4 : 6)) problems.push(`'${entry}' has no IP address.`);
    else if (port < 1 || port > 65535) problems.push(`'${entry}' has a port that is not from 1 to 65535.`);
    else endpoints.push(portName === undefined ? { address, port } : { portName, address, port });
  }
  return { endpoints, problems };
}
