import { Hono, type MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { z } from 'zod';
import { openapi, type Operation } from './openapi.ts';
import { page } from './paging.ts';
import {
  backendSchema,
  diagnosticSchema,
  gatewaySchema,
  legacySchema,
  listQuerySchema,
  proxySchema,
  routeSchema,
} from './schemas.ts';
import type { Listing, StatusSources } from './sources.ts';
import { indexPage } from './ui.ts';

export interface AppOptions {
  /** Only requests for a loopback host are answered, which keeps web pages from reading it by DNS rebinding. */
  readonly loopbackOnly: boolean;
  /** Told of what the sources throw; clients get no more than that there was something. */
  readonly onError?: (error: Error) => void;
}

/** The status API and the page on top of it. Reads only; nothing here changes the state. */
export function createApp(sources: StatusSources, options: AppOptions): Hono {
  const app = new Hono();
  const operations: Operation[] = [];
  app.use(secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      connectSrc: ["'self'"],
    },
  }));
  if (options.loopbackOnly) app.use(loopbackHost());
  app.use(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return await next();
    return c.json({ error: 'everything here is read only' }, 405, { allow: 'GET, HEAD' });
  });

  probe('/healthz', 'Whether the process lives', () => ({ ok: true }));
  probe('/readyz', 'Whether a proxy runs the first full configuration', () => {
    const { ready, reason } = sources.readiness();
    return reason === undefined ? { ok: ready } : { ok: ready, reason };
  });
  operations.push({ path: '/metrics', summary: 'Prometheus metrics', response: 'text' });
  app.get('/metrics', async (c) => {
    const { contentType, text } = await sources.metrics();
    return c.body(text, 200, { 'content-type': contentType });
  });

  list('gateways', 'Gateways with their listeners and conditions', {
    item: gatewaySchema,
    read: () => sources.gateways(),
  });
  list('routes', 'Routes with their parents and backends', {
    item: routeSchema,
    read: () => sources.routes(),
  });
  list('legacy', 'Resources of getambassador.io with what they became', {
    item: legacySchema,
    read: () => sources.legacy(),
  });
  list('backends', 'Backends with their endpoints', { item: backendSchema, read: () => sources.backends() });
  list('diagnostics', 'What users should mend or know', {
    item: diagnosticSchema,
    read: () => sources.diagnostics(),
  });
  list('proxies', 'Connected proxies', { item: proxySchema, read: () => sources.proxies() });

  const explanation = z.object({ collection: z.string(), key: z.string(), reads: z.array(z.string()) })
    .meta({ id: 'Explanation' });
  operations.push({
    path: '/api/v1/explain/{collection}',
    summary: 'What a value of the graph was computed from',
    query: z.object({ key: z.string() }),
    response: explanation,
    errors: { 400: 'No key was given', 404: 'No such collection or key' },
  });
  app.get('/api/v1/explain/:collection', (c) => {
    const collection = c.req.param('collection');
    const key = c.req.query('key');
    if (key === undefined) return c.json({ error: 'say which value: ?key=…' }, 400);
    const reads = sources.explain(collection, key);
    if (reads === undefined) return c.json({ error: `no ${key} in ${collection}` }, 404);
    return c.json({ collection, key, reads });
  });

  app.get(
    '/openapi.json',
    (c) => c.json(openapi({ title: 'Dragoman status API', version: sources.version }, operations)),
  );
  app.get('/', (c) => c.html(indexPage.html));
  app.get(
    '/ui.js',
    (c) => c.body(indexPage.script, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );
  app.get('/ui.css', (c) => c.body(indexPage.style, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.onError((error, c) => {
    options.onError?.(error);
    return c.json({ error: 'internal error' }, 500);
  });
  app.notFound((c) => c.json({ error: `no ${c.req.path}; see /openapi.json` }, 404));
  return app;

  function probe(path: string, summary: string, check: () => { ok: boolean; reason?: string }): void {
    operations.push({ path, summary, response: 'text', errors: { 503: 'Not yet, with the reason' } });
    app.get(path, (c) => {
      const { ok, reason } = check();
      return c.text(ok ? 'ok\n' : `${reason ?? 'not ready'}\n`, ok ? 200 : 503);
    });
  }

  function list<T>(
    name: string,
    summary: string,
    source: { item: z.ZodType<T>; read: () => Listing<T> },
  ): void {
    const path = `/api/v1/${name}`;
    const response = z.object({
      items: z.array(source.item),
      total: z.number(),
      next: z.string().optional(),
    });
    operations.push({
      path,
      summary,
      query: listQuerySchema,
      response,
      errors: { 400: 'A query parameter is wrong' },
    });
    app.get(path, (c) => {
      const query = listQuerySchema.safeParse(c.req.query());
      if (!query.success) return c.json({ error: z.prettifyError(query.error) }, 400);
      return c.json(page(source.read(), query.data));
    });
  }
}

function loopbackHost(): MiddlewareHandler {
  return async (c, next) => {
    const host = (c.req.header('host') ?? '').replace(/:\d+$/, '');
    if (/^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host)) return await next();
    return c.text(`refused: this API answers on loopback, not for host ${JSON.stringify(host)}\n`, 421);
  };
}
