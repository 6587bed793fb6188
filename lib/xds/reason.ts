/** Longest reason that is told, characters. */
const LONGEST = 1_000;

const CONSTRAINT = 'Proto constraint validation failed (';

/**
 * The reason in Envoy's error message, without the resource that it may quote as a whole: that is long, and a virtual host
 * holds routes of others than the one who is told.
 */
export function reasonIn(message: string): string {
  const at = message.lastIndexOf(CONSTRAINT);
  const constraint = at < 0
    ? message
    : message.slice(at).replaceAll(/[^ (]+: embedded message failed validation \| caused by /g, '');
  const quoted = constraint.search(/\bgoo\.gle\/debug/);
  const reason = (quoted < 0 ? constraint : constraint.slice(0, quoted)).trim();
  if (reason === '') return 'Envoy gives no reason';
  return reason.length > LONGEST ? `${reason.slice(0, LONGEST)}…` : reason;
}
