import type { ErrorCode } from '../errors.ts';
import { SCOPES, type Scope } from '../format/key-record.ts';
import type { Sight } from '../storage/sight.ts';
import { isOfThisMachine } from './access-vars.ts';

export { SCOPES, type Scope };

/** Who asks. */
export interface Caller {
  /** Public and stable: of a key its id, of Access the e-mail address or the service token's name, `open` where nobody is asked. */
  readonly id: string;
  readonly kind: 'open' | 'key' | 'access';
  readonly scopes: ReadonlySet<Scope>;
  /** Units of cost a day of UTC; null: no budget. */
  readonly daily: number | null;
  /** Which names of selections and corpora there are for it. */
  readonly sight: Sight;
}

/** Why a request is not answered. Every route words it in its own shape: GraphQL errors, or application/problem+json. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  readonly status: number;
  /** For the caller: it names nothing of the operator's. */
  readonly message: string;
  readonly retryable: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the Worker's entry finds out about every request before a route runs. A route that is for everyone may pass over a refusal. */
export type Admission = Caller | Refusal;

/** Nobody is asked who they are, and nobody is counted. */
export const OPEN_CALLER: Caller = {
  id: 'open',
  kind: 'open',
  scopes: new Set(SCOPES),
  daily: null,
  sight: 'all',
};

/** Operators see everybody's names, all others the shared ones and their own. @param owner null: has none */
export function sightOf(scopes: ReadonlySet<Scope>, owner: string | null): Sight {
  return scopes.has('admin') ? 'all' : { owner };
}

/** Whether who asks may see what is for operators. */
export function mayAdminister(admission: Admission): boolean {
  return admission.kind !== 'refused' && admission.scopes.has('admin');
}

/**
 * Whether who asks may read what the operator must do. Everyone, where the configuration lets nobody in: the operator could not
 * ask as somebody. Where everybody is let in, who asks this machine itself: on the internet it would be anybody, and the log has it too.
 */
export function maySeeHints(admission: Admission, url: string): boolean {
  if (admission.kind === 'refused') return admission.code === 'INTERNAL';
  return mayAdminister(admission) && (admission.kind !== 'open' || isOfThisMachine(new URL(url).hostname));
}

/** By what a canary tells callers apart: their key, or their address where nobody needs one. */
export function askerOf({ id, kind }: Caller, request: Request): string {
  return kind === 'open' ? (request.headers.get('cf-connecting-ip') ?? '') : id;
}
