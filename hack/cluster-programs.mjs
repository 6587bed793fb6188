// Builds the programs of the test cluster from Go modules into the per-user cache. Runs on Node 20 without dependencies.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheDirectories, isOwnExecutable, writableDirectory } from './cache.mjs';
import { locked } from './lock.mjs';
import { capture, SetupError, step } from './step.mjs';

/**
 * Programs by the Go module in `directory` (or of its name) below conformance/ that pins their sources, in `go.mod` unless
 * `pins` names another file. A package of `test: true` is compiled as `go test` would; `file` is what Go calls the program, if
 * not by our name; the module's toolchain is the machine's own unless named.
 */
const MODULES = [
  {
    name: 'binaries',
    programs: [
      { name: 'etcd', package: 'go.etcd.io/etcd/server/v3', file: 'server' },
      { name: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
      { name: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl' },
      { name: 'kube-controller-manager', package: 'k8s.io/kubernetes/cmd/kube-controller-manager' },
      { name: 'kube-proxy', package: 'k8s.io/kubernetes/cmd/kube-proxy' },
      { name: 'helm', package: 'helm.sh/helm/v4/cmd/helm' },
    ],
  },
  {
    name: 'suite',
    toolchain: 'go1.27.0',
    programs: [
      { name: 'echo-basic', package: 'sigs.k8s.io/gateway-api-conformance-images/echo-basic' },
      { name: 'conformance.test', package: '.', file: 'suite.test', test: true },
    ],
  },
  {
    name: 'suite-v1.6.3',
    directory: 'suite',
    pins: 'v1.6.3',
    toolchain: 'go1.27.0',
    programs: [{ name: 'conformance-v1.6.3.test', package: '.', file: 'suite.test', test: true }],
  },
  { name: 'emissary', programs: [{ name: 'emissary-apiext', package: '.', file: 'emissary' }] },
  {
    name: 'coredns',
    toolchain: 'go1.27.0',
    programs: [{ name: 'coredns', package: '.' }],
  },
];

/** Static, so that they run in the roots of containers; without symbols, which nobody reads and which take time to make. */
const BUILD = {
  env: { CGO_ENABLED: '0' },
  args: ['-trimpath', '-ldflags=-s -w', '-gcflags=all=-dwarf=false'],
};

/**
 * The directories that hold the programs, joined as in PATH. Builds those that the sources in `root` ask for and the cache
 * lacks; `names` are the programs that are needed.
 */
export async function clusterPrograms(root, names) {
  const directories = [];
  for (const module of MODULES) {
    const place = join('cluster', `${module.name}-${fingerprint(root, module)}`);
    const wanted = module.programs.filter(({ name }) => names.includes(name));
    if (wanted.length === 0) continue;
    directories.push(cached(place, wanted) ?? await build(root, { module, place, wanted }));
  }
  if (names.includes('kube-proxy')) await nftables();
  return directories.join(delimiter);
}

function cached(place, programs) {
  return cacheDirectories(place).find((directory) => lacking(directory, programs).length === 0);
}

function lacking(directory, programs) {
  return programs.filter(({ name }) => !isOwnExecutable(join(directory, name)));
}

async function build(root, { module, place, wanted }) {
  const directory = writableDirectory(place, 'the programs of the test cluster');
  const lock = {
    file: `${directory}.lock`,
    waiting: `waiting for another build of conformance/${module.name}`,
  };
  return await locked(lock, async () => {
    const missing = lacking(directory, wanted);
    const tests = missing.filter(({ test }) => test);
    const commands = missing.filter(({ test }) => !test);
    // All in one go: what they share is compiled once, and one is linked while the next is compiled.
    for (const programs of [commands, tests].filter(({ length }) => length > 0)) {
      const names = programs.map(({ name }) => name).join(', ');
      await step(`${names} (go build)`, () => compile(root, { module, programs, directory }));
    }
    return directory;
  });
}

async function compile(root, { module, programs, directory }) {
  const work = mkdtempSync(join(directory, '.build-'));
  const command = programs.some(({ test }) => test) ? ['test', '-c', '-vet=off'] : ['build'];
  const packages = programs.map((program) => program.package);
  try {
    // What else the machine does goes first: tests beside it mind the time.
    const { code, output, error } = await capture(
      'nice',
      [
        '-n',
        '5',
        'go',
        ...command,
        ...BUILD.args,
        `-modfile=${pinsOf(module)}.mod`,
        '-o',
        `${work}/`,
        ...packages,
      ],
      {
        cwd: sources(root, module),
        env: {
          ...process.env,
          ...BUILD.env,
          ...(module.toolchain === undefined ? {} : { GOTOOLCHAIN: module.toolchain }),
        },
      },
    );
    if (code === 127 || code === null) {
      throw new SetupError(
        `The test cluster needs Go 1.26 or later on the PATH: ${error?.message ?? output}`,
      );
    }
    if (code !== 0) {
      throw new SetupError(`${packages.join(', ')} could not be built:\n${output.trim().slice(-4000)}`);
    }
    for (const { name, file = name } of programs) renameSync(join(work, file), join(directory, name));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function sources(root, { name, directory = name }) {
  return join(root, 'conformance', directory);
}

function pinsOf({ pins = 'go' }) {
  return pins;
}

/** Changes with everything that goes into the programs. */
function fingerprint(root, module) {
  const { toolchain } = module;
  const hash = createHash('sha256').update(
    JSON.stringify([process.platform, process.arch, toolchain, BUILD]),
  );
  const directory = sources(root, module);
  const pins = new Set([`${pinsOf(module)}.mod`, `${pinsOf(module)}.sum`]);
  for (const file of readdirSync(directory).sort()) {
    if (!file.endsWith('.go') && !pins.has(file)) continue;
    hash.update(`${file}\0`).update(readFileSync(join(directory, file))).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

/** kube-proxy steers packets by `nft`; `ip` sets up the networks. They come from the distribution. */
async function nftables() {
  const missing = [['nft', 'nftables'], ['ip', 'iproute2']].filter(([program]) => !onPath(program));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  const manual = `The test cluster needs ${missing.map(([program]) => program).join(' and ')}; install ` +
    `the package ${packages.join(' and ')} of your distribution`;
  if (process.getuid() !== 0 || !onPath('apt-get')) throw new SetupError(manual);
  await step(`${packages.join(' and ')} (apt-get install)`, async () => {
    const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    const install = [
      '-o',
      'DPkg::Lock::Timeout=120',
      'install',
      '-y',
      '--no-install-recommends',
      ...packages,
    ];
    let result = await capture('apt-get', install, options);
    if (result.code !== 0) {
      await capture('apt-get', ['-o', 'DPkg::Lock::Timeout=120', 'update'], options);
      result = await capture('apt-get', install, options);
    }
    if (result.code !== 0) throw new SetupError(`${manual}:\n${result.output.trim().slice(-2000)}`);
  });
}

function onPath(program) {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
    .some((directory) => directory !== '' && isOwnExecutable(join(directory, program)));
}
