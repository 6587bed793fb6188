/** What the driver of the benchmark and the controllers that it compares say to each other, over Node's IPC channel. */

/** One change of one object; the driver knows how its effect shows. */
export type Change =
  /** `x-revision` of the route's answers. */
  | { readonly kind: 'HTTPRoute'; readonly route: number; readonly revision: number }
  /** Without the port the route answers 500. */
  | { readonly kind: 'Service'; readonly route: number; readonly withPort: boolean }
  /** Which of the two upstreams answers. */
  | { readonly kind: 'EndpointSlice'; readonly route: number; readonly upstream: 0 | 1 }
  /** New connections get the second upstream. */
  | { readonly kind: 'TCPRoute'; readonly stream: number }
  /** The listener has another port. */
  | { readonly kind: 'ListenerSet'; readonly stream: number };

/** Times as `now()` tells them. */
export interface Changed {
  /** The changed object, parsed but not decoded, was there. */
  readonly seen: number;
  /** xDS bytes were handed to the stream. */
  readonly written: number;
}

export interface Loaded {
  /** ms; 0 for what translates nothing. */
  readonly decode: number;
  /** ms, with the first configuration offered to the proxies. */
  readonly commit: number;
  /** Mean bytes of a virtual host as it is sent. */
  readonly bytesPerHost: number;
}

export interface Usage {
  /** User and system time of all threads since the start, ms. */
  readonly cpu: number;
  /** Bytes, as the process stands. */
  readonly rss: number;
  /** Bytes, the most that it ever was. */
  readonly peakRss: number;
  /** Bytes of live JavaScript values: measured after a full collection. */
  readonly heap: number;
  /** Bytes outside of the heap that it owns, after the same collection. */
  readonly external: number;
}

export type Request =
  | { readonly ask: 'load' }
  | { readonly ask: 'change'; readonly change: Change }
  | { readonly ask: 'cpu' }
  /** Collects garbage: not while something is timed. */
  | { readonly ask: 'usage' };

export interface Handlers {
  load(): Loaded;
  change(change: Change): Changed;
}

/** In a controller: says that proxies can connect, then answers the driver until it goes away. */
export function serveDriver(xdsPort: number, handlers: Handlers): void {
  const answer = (request: Request): unknown => {
    if (request.ask === 'load') return handlers.load();
    if (request.ask === 'change') return handlers.change(request.change);
    return request.ask === 'cpu' ? cpu() : usage();
  };
  process.on('message', (request: Request) => process.send?.(answer(request)));
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole group; the driver ends its controllers itself.
  process.on('SIGINT', () => {});
  process.send?.(xdsPort);
}

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function usage(): Usage {
  const { rss } = process.memoryUsage();
  const used = cpu();
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return { cpu: used, rss, peakRss: process.resourceUsage().maxRSS * 1_024, heap: heapUsed, external };
}
