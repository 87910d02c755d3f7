/** What an answer lacks although it is one, as `extensions.warnings` tells it. */
export interface ApiWarning {
  readonly code: string;
  readonly message: string;
}

/** By query: the next answer to the same question says it again, or says nothing. */
const warningsByQuery = new Map<string, readonly ApiWarning[]>();
const listeners = new Set<() => void>();
let all: readonly ApiWarning[] = [];

/** Of the last answer to each question, each once. */
export function readWarnings(): readonly ApiWarning[] {
  return all;
}

/** @returns what ends it */
export function subscribeWarnings(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** @param told `extensions.warnings` of an answer, whatever it is */
export function noteWarnings(query: string, told: unknown): void {
  // That a list is not all there is: the page asks for the names besides.
  const warnings = Array.isArray(told)
    ? told.filter(isWarning).filter(({ code }) => code !== 'LIMIT_EXCEEDED')
    : [];
  if (warnings.length === 0 && !warningsByQuery.has(query)) return;
  warningsByQuery.set(query, warnings);
  all = [...new Map([...warningsByQuery.values()].flat().map((one) => [one.message, one])).values()];
  for (const listener of listeners) listener();
}

function isWarning(value: unknown): value is ApiWarning {
  return (
    typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
  );
}
