import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

import type { ExitCode, Io } from '../io.ts';
import { main } from '../main.ts';

/** What a command printed and how it ended. */
export interface Ended {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process. */
export async function dragoman(args: readonly string[], io: Partial<Io> = {}): Promise<Ended> {
  let out = '';
  let err = '';
  const code = await main(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    terminal: false,
    colour: false,
    ...io,
  });
  return { code, out, err };
}

/** A temporary folder with these files. */
export function folder(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'dragoman-cli-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

/** A class, a Gateway with one listener, a Service and a route. */
export const shop = `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata:
  name: dragoman
spec:
  controllerName: dragoman.dev/gateway-controller
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: web
spec:
  gatewayClassName: dragoman
  listeners:
    - name: http
      port: 80
      protocol: HTTP
---
apiVersion: v1
kind: Service
metadata:
  name: shop
  annotations:
    dragoman.dev/endpoints: 127.0.0.1:3000
spec:
  ports:
    - port: 80
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: shop
spec:
  parentRefs:
    - name: web
  hostnames:
    - shop.example.com
  rules:
    - backendRefs:
        - name: shop
          port: 80
`;
