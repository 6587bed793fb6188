import type { Image } from './images.ts';

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

export interface RootOptions {
  /** An empty directory, over which the root is mounted. */
  readonly root: string;
  readonly image: Image;
  /** A directory of the pod for `/dev/shm`. */
  readonly sharedMemory: string;
  /** Contents by path, such as `/etc/hosts`. */
  readonly files: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly readOnly: boolean;
}

export interface ProcessOptions {
  readonly root: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly user: User;
  readonly noNewPrivileges: boolean;
  /** Of capabilities: `ALL`, or nothing. */
  readonly drop: readonly string[];
  /** Capabilities that root keeps when all are dropped, such as `NET_BIND_SERVICE`. */
  readonly add: readonly string[];
}

/** Of the machine's own `/usr`: loaders, libraries and the few programs that start a container. */
const USR = ['bin', 'sbin', 'lib', 'lib64'];

/**
 * A shell script that makes a container's root and runs its process in place of the shell, so that the process id stays. It
 * expects a mount namespace of its own.
 */
export function containerScript(root: RootOptions, process: ProcessOptions): string {
  return `set -e\n${[...rootCommands(root), `exec ${words(enter(process))}`].join('\n')}\n`;
}

function rootCommands({ root, image, sharedMemory, files, mounts, readOnly }: RootOptions): string[] {
  const at = (path: string) => quote(root + path);
  const directories = [
    '/proc',
    '/dev',
    '/etc/ssl',
    '/run',
    '/var',
    '/usr/local/bin',
    '/tmp',
    ...USR.map((name) => `/usr/${name}`),
  ];
  const written = { ...files, ...image.scripts };
  return [
    `mount -t tmpfs -o mode=0755 tmpfs ${quote(root)}`,
    `mkdir -p ${directories.map(at).join(' ')}`,
    `chmod 1777 ${at('/tmp')}`,
    `ln -s ../run ${at('/var/run')}`,
    ...USR.flatMap((name) => [
      `[ ! -d /usr/${name} ] || mount --bind -o ro /usr/${name} ${at(`/usr/${name}`)}`,
      `ln -s usr/${name} ${at(`/${name}`)}`,
    ]),
    `mount -t proc proc ${at('/proc')}`,
    `mount --rbind /dev ${at('/dev')}`,
    `mount --bind ${quote(sharedMemory)} ${at('/dev/shm')}`,
    `mount --bind -o ro /etc/ssl ${at('/etc/ssl')}`,
    ...Object.entries(written).map(([path, content]) => `printf %s ${quote(content)} > ${at(path)}`),
    ...Object.keys(image.scripts ?? {}).map((path) => `chmod 755 ${at(path)}`),
    ...Object.entries(image.mounts).flatMap(([target, source]) =>
      bind(root, { source, target, readOnly: true })
    ),
    // What lies in another mount comes after it.
    ...mounts.toSorted((a, b) => a.target.length - b.target.length).flatMap((mount) => bind(root, mount)),
    ...(readOnly ? [`mount -o remount,bind,ro ${quote(root)}`] : []),
  ];
}

function bind(root: string, { source, target, readOnly }: Mount): string[] {
  const [from, to] = [quote(source), quote(root + target)];
  const parent = quote((root + target).replace(/\/[^/]*$/, ''));
  return [
    `if [ -d ${from} ]; then mkdir -p ${to}; else mkdir -p ${parent}; [ -e ${to} ] || touch ${to}; fi`,
    `mount --bind ${from} ${to}`,
    ...(readOnly ? [`mount -o remount,bind,ro ${to}`] : []),
  ];
}

/** The command that becomes a process in a container's root, run by root outside of it. */
export function enter({ root, ...process }: ProcessOptions): string[] {
  return ['chroot', root, ...asUser(process)];
}

/** The same once inside the root. */
export function asUser(process: Omit<ProcessOptions, 'root'>): string[] {
  const { command, environment, workingDirectory, user, noNewPrivileges, drop, add } = process;
  const dropped = ['-all', ...add.map((name) => `+${name.toLowerCase()}`)].join(',');
  return [
    'setpriv',
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    user.groups.length === 0 ? '--clear-groups' : `--groups=${user.groups.join(',')}`,
    ...(drop.some((name) => name.toUpperCase() === 'ALL')
      ? ['--inh-caps=-all', `--bounding-set=${dropped}`]
      : []),
    ...(noNewPrivileges ? ['--no-new-privs'] : []),
    '--',
    'env',
    '-i',
    `--chdir=${workingDirectory}`,
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...command,
  ];
}

function words(command: readonly string[]): string {
  return command.map(quote).join(' ');
}

/** As one word of a shell. */
export function quote(text: string): string {
  return /^[\w/.:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
