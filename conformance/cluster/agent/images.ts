import { findEnvoy } from '../../../lib/proxy/binary.ts';
import { realpathSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { program } from '../programs.ts';

/** What a local program needs to stand in for an image. */
export interface Image {
  readonly entrypoint: readonly string[];
  /** Arguments, unless the container has some. */
  readonly command: readonly string[];
  /** Who it runs as unless the pod says otherwise. */
  readonly user: number;
  /** Paths in the container and what is there: files and directories of this machine, seen read-only. */
  readonly mounts: Readonly<Record<string, string>>;
  /** Scripts by their path in the container. */
  readonly scripts?: Readonly<Record<string, string>>;
}

interface Entry {
  readonly name: RegExp;
  image(): Image;
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
/** What images without a root user use by custom. */
const NONROOT = 65532;

/** Names of images as far as the tag; the first that fits stands in. */
const IMAGES: readonly Entry[] = [
  {
    name: /(^|\/)gateway-api\/(conformance\/)?echo-basic[:@]/,
    image: () => ({
      entrypoint: ['/app/echo-basic'],
      command: [],
      user: 0,
      mounts: { '/app/echo-basic': program('echo-basic') },
    }),
  },
  {
    name: /(^|\/)coredns\/coredns[:@]/,
    image: () => ({
      entrypoint: ['/coredns'],
      command: [],
      // Upstream's image lets its program bind ports below 1024 otherwise.
      user: 0,
      mounts: { '/coredns': program('coredns') },
    }),
  },
  {
    name: /^(docker\.io\/)?envoyproxy\/envoy:(.*-)?distroless-/,
    image: () => ({ ...envoy(), user: NONROOT }),
  },
  { name: /^(docker\.io\/)?envoyproxy\/envoy[:@]/, image: envoy },
  {
    name: /^ghcr\.io\/dragoman\/dragoman[:@]/,
    image: () => ({
      entrypoint: ['dragoman'],
      command: [],
      user: NONROOT,
      mounts: { '/app': ROOT, '/usr/local/bin/node': realpathSync(process.execPath) },
      scripts: {
        '/usr/local/bin/dragoman':
          '#!/bin/sh\nexec /usr/local/bin/node --min-semi-space-size=4 --max-semi-space-size=4 /app/lib/cli/main.ts "$@"\n',
      },
    }),
  },
];

function envoy(): Image {
  return {
    entrypoint: ['/usr/local/bin/envoy'],
    command: ['-c', '/etc/envoy/envoy.yaml'],
    user: 0,
    mounts: { '/usr/local/bin/envoy': findEnvoy() },
  };
}

/** What stands in for an image; nothing for one that no program here does. */
export function imageOf(name: string): Image | undefined {
  return IMAGES.find((entry) => entry.name.test(name))?.image();
}
