/**
 * The certificates by which proxies and controllers know each other: who is named how, what is still good, what is to be done
 * next. Knows no clock and does nothing by itself.
 */
export { type Caller, callerOf, type Identity, serverName } from './identity.ts';
export { LIFETIMES, type Lifetimes } from './lifetimes.ts';
export type { LeafFault } from './leaf.ts';
export { type LeafTask, Leaves, type WantedLeaf } from './leaves.ts';
export { isSameData, type SecretData } from './secret-data.ts';
export { type AuthorityStep, nextTask, type ObservedSecrets, type Task, type TaskOptions } from './task.ts';
export type { Authority } from './authority.ts';
export { authorityAfter, issue, type PerformOptions } from './perform.ts';
export { type Credentials, credentialsIn, rootsOf, shareTrust } from './credentials.ts';
