import type { Admission } from '../access/caller.ts';

/** What the Worker's entry is given beside the request. */
export interface WorkerContext {
  readonly env: Env;
  readonly ctx: Pick<ExecutionContext, 'waitUntil'>;
  readonly admission: Admission;
}

/** What the plugins know of a request, and note for later ones. One object a request: a map a note took twice the time. */
export interface RequestNotes extends WorkerContext {
  /** What its operation costs, in units; 0 until that is known. */
  asked: number;
  /** What its answer tells of the caller's budget; null: nothing. */
  budgetHeaders: Readonly<Record<string, string>> | null;
}
