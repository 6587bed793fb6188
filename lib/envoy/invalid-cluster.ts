/** Named where a reference is invalid. No cluster has this name, since all others hold a slash. */
export const INVALID_CLUSTER = 'invalid';
