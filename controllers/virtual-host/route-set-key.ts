/**
 * Key of a route's RouteSet: the route's own, and with the name of the client certificate for listeners whose Gateway
 * presents one to TLS backends.
 */
export function routeSetKey(route: string, clientCertificate: string | undefined): string {
  return clientCertificate === undefined ? route : `${route}+${clientCertificate}`;
}
