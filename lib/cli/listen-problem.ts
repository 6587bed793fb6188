import { formatHostPort, type HostPort } from './options.ts';

/** Why an address cannot be listened on, and which flag to change. */
export function listenProblem(error: unknown, at: HostPort, flag: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const where = formatHostPort(at);
  switch (code) {
    case 'EADDRINUSE':
      return `${where} is taken by another program: stop that one, or choose another with ${flag}`;
    case 'EACCES':
      return `${where} may not be used: ports under 1024 need privileges; choose another with ${flag}`;
    case 'EADDRNOTAVAIL':
    // Deno's word for it.
    case 'EINVAL':
      return `${where} is no address of this machine: choose another with ${flag}`;
    default:
      return `${where} cannot be listened on (${message}): choose another with ${flag}`;
  }
}
