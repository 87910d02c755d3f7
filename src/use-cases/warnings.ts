import type { AppError, ErrorCode } from '../errors.ts';

/** What an answer lacks although it is one. */
export interface Warning {
  readonly code: ErrorCode;
  readonly message: string;
}

/** So many are told in full. */
const MAX_WARNINGS = 20;

const warningsByRequest = new WeakMap<Request, Warning[]>();

/** Notes what a list of this request leaves out; once, however often the request lists. @param what what its names name */
export function noteLeftOut(
  request: Request,
  what: 'selection' | 'corpus',
): (name: string, error: AppError) => void {
  return (name, { code, message }) =>
    note(request, { code, message: `The ${what} "${name}" is left out, it cannot be read: ${message}` });
}

/** Notes that a list of this request is not all there is. */
export function noteCut(request: Request): (message: string) => void {
  return (message) => note(request, { code: 'LIMIT_EXCEEDED', message });
}

function note(request: Request, warning: Warning): void {
  const warnings = warningsByRequest.get(request) ?? [];
  warningsByRequest.set(request, warnings);
  if (!warnings.some((known) => known.message === warning.message)) warnings.push(warning);
}

/** What is told of a request's answer, in the order of the words: reads end in any. Null: nothing. */
export function warningsOf(request: Request): readonly Warning[] | null {
  const noted = warningsByRequest.get(request);
  if (noted === undefined) return null;
  const warnings = noted.toSorted((a, b) => (a.message < b.message ? -1 : 1));
  const more = warnings.length - MAX_WARNINGS;
  if (more <= 0) return warnings;
  const { code } = warnings[MAX_WARNINGS];
  return [...warnings.slice(0, MAX_WARNINGS), { code, message: `${more} more are left out.` }];
}
