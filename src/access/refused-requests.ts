import type { Admission } from './caller.ts';
import { ledgerOf } from './counters.ts';
import { showsCredentials } from './credentials.ts';
import { overLimit, tooManyFailures } from './refusal.ts';

/**
 * What a request that is refused takes of a rate, in units: reading and checking a body, or looking up a key that there is not. Of the
 * rate alone, never of a daily budget.
 */
export const REFUSAL_COST = 10;

/** Where a request came to. */
interface Place {
  readonly env: object;
  readonly ctx: { waitUntil(work: Promise<unknown>): void };
}

/**
 * Holds those whose requests are refused to a rate as well: who has shown valid credentials by these, who has shown others by address,
 * which is what guessed keys have in common. The first that is too many is still refused for its own reason; those that follow for a while
 * are told so at once, before anything of them is read. Nobody with valid credentials is held for what others at their address do.
 */
export function holdRefused(admission: Admission, request: Request, { env, ctx }: Place): Admission {
  if (admission.kind === 'open') return admission;
  if (admission.kind !== 'refused') {
    const seconds = ledgerOf(env).heldFor(admission);
    return seconds === 0 ? admission : overLimit('rate', seconds);
  }
  // Who brings nothing costs no look-up, and must hear that a key is asked for.
  if (admission.code !== 'UNAUTHENTICATED' || !showsCredentials(request)) return admission;
  const address = request.headers.get('cf-connecting-ip');
  // Without a front that tells addresses apart, everybody would be held for one.
  if (address === null) return admission;
  const ledger = ledgerOf(env);
  const sender = { kind: 'address', id: networkOf(address) } as const;
  const seconds = ledger.heldFor(sender);
  if (seconds > 0) return tooManyFailures(seconds);
  const charge = ledger.chargeRefusal(sender, REFUSAL_COST);
  if (charge) ctx.waitUntil(charge);
  return admission;
}

/** What is known of a request that was answered. */
interface Answered {
  readonly charged: boolean;
  readonly codes: ReadonlyMap<string, number>;
}

/** Charges a caller for a request in which something failed before its cost was known: its form, its document, its scopes. */
export function chargeRefused(admission: Admission, { charged, codes }: Answered, { env, ctx }: Place): void {
  if (admission.kind === 'open' || admission.kind === 'refused' || charged || codes.size === 0) return;
  const charge = ledgerOf(env).chargeRefusal(admission, REFUSAL_COST);
  if (charge) ctx.waitUntil(charge);
}

/** Of an IPv4 address itself; of IPv6 the first 64 bits, which a single customer has all addresses of. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head, tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
