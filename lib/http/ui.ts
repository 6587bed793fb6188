/** A page that shows the status API: no build step, no dependency, text only (nothing from an object becomes HTML). */
export const indexPage: { readonly html: string; readonly script: string; readonly style: string } = {
  html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Dragoman</title>
<link rel="stylesheet" href="/ui.css">
<script src="/ui.js" type="module"></script>
</head>
<body>
<header><h1>Dragoman</h1><span id="ready"></span><nav><a href="/openapi.json">API</a> <a href="/metrics">metrics</a></nav></header>
<main></main>
</body>
</html>
`,
  script: `const sections = [
  ['diagnostics', 'Diagnostics', 'Nothing to mend.', {
    severity: (d) => d.severity, object: (d) => d.kind + ' ' + d.namespace + '/' + d.name, field: (d) => d.field,
    message: (d) => d.message + (d.fix ? ' ' + d.fix : ''), source: (d) => d.source ?? '' }],
  ['gateways', 'Gateways', 'No Gateway of this controller.', {
    gateway: (g) => g.namespace + '/' + g.name, class: (g) => g.class,
    addresses: (g) => g.addresses.map((a) => a.value).join(', '),
    listeners: (g) => g.listeners.map((l) => l.name + ' ' + (l.protocol ?? '') + ':' + (l.port ?? '') + ' (' + l.attachedRoutes + ' routes)').join(', '),
    programmed: (g) => conditions(g.conditions), source: (g) => g.source ?? '' }],
  ['routes', 'Routes', 'No routes.', {
    route: (r) => r.kind + ' ' + r.namespace + '/' + r.name, hostnames: (r) => r.hostnames.join(', ') || '*',
    rules: (r) => r.rules, backends: (r) => r.backends.join(', '),
    parents: (r) => r.parents.map((p) => p.parent + ': ' + conditions(p.conditions)).join('; '), source: (r) => r.source ?? '' }],
  ['legacy', 'Legacy resources', 'No resources of getambassador.io.', {
    resource: (l) => l.kind + ' ' + l.namespace + '/' + l.name, origin: (l) => l.annotationOf ?? l.origin,
    state: (l) => [l.state, l.reason].filter(Boolean).join(': ') || conditions(l.conditions),
    became: (l) => [...l.became.hostnames, ...l.became.ports.map((p) => ':' + p), ...l.became.users].join(', '),
    backends: (l) => l.became.clusters.join(', '), source: (l) => l.source ?? '' }],
  ['backends', 'Backends', 'No backends.', {
    backend: (b) => b.name, protocol: (b) => b.protocol + (b.tls ? ' over TLS' : ''),
    endpoints: (b) => b.endpoints.map((e) => e.address + ':' + e.port + (e.draining ? ' (draining)' : '')).join(', ') || 'none' }],
  ['proxies', 'Proxies', 'No proxy is connected.', {
    fleet: (p) => p.fleet, node: (p) => p.node, since: (p) => p.connectedSince,
    resources: (p) => p.types.map((t) => t.type + ' ' + t.resources + (t.nacks ? ' (' + t.nacks + ' refused)' : '')).join(', ') }],
];
function conditions(list) {
  return list.map((c) => c.type + '=' + c.status + (c.status === 'True' ? '' : ' (' + c.reason + ')')).join(', ');
}
function element(tag, text) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = String(text);
  return made;
}
const main = document.querySelector('main');
async function show() {
  const pages = await Promise.all(sections.map(([name]) => fetch('/api/v1/' + name).then((r) => r.json())));
  main.replaceChildren(...sections.map(([, title, empty, columns], i) => {
    const { items, total } = pages[i];
    const section = element('section');
    section.append(element('h2', title + ' (' + total + ')'));
    if (items.length === 0) { section.append(element('p', empty)); return section; }
    const table = element('table');
    const head = element('tr');
    head.append(...Object.keys(columns).map((c) => element('th', c)));
    const thead = element('thead'); thead.append(head);
    const tbody = element('tbody');
    for (const item of items) {
      const row = element('tr');
      row.append(...Object.values(columns).map((read) => element('td', read(item))));
      tbody.append(row);
    }
    table.append(thead, tbody);
    section.append(table);
    if (items.length < total) section.append(element('p', 'The first ' + items.length + ' of ' + total + '.'));
    return section;
  }));
  const ready = await fetch('/readyz');
  document.querySelector('#ready').textContent = ready.ok ? 'ready' : await ready.text();
}
async function loop() {
  try { await show(); } catch { document.querySelector('#ready').textContent = 'the controller does not answer'; }
  setTimeout(loop, 2000);
}
loop();
`,
  style: `:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 90rem; padding: 1rem; }
header { display: flex; gap: 1rem; align-items: baseline; }
nav { margin-left: auto; }
h2 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
section { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
`,
};
