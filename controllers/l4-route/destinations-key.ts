/** What a listener asks of the routes that are attached to it. */
export interface Variant {
  /** SDS name of the certificate that is presented to TLS backends. */
  readonly clientCertificate?: string;
  readonly plain?: true;
}

/** Key of a route's Destinations: the route's own, and what its listeners ask for. */
export function destinationsKey(route: string, { clientCertificate, plain }: Variant): string {
  if (plain === true) return route;
  return `${route}+tls${clientCertificate === undefined ? '' : `+${clientCertificate}`}`;
}

/** The route, by the key of its Destinations. */
export function routeOf(destinations: string): string {
  const plus = destinations.indexOf('+');
  return plus < 0 ? destinations : destinations.slice(0, plus);
}
