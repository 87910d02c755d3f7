import { type Field, type Question, toDocument, toFields, toVariables } from './batch-fields.ts';
import { LIMITS, type Limits, toRequests } from './batch-limits.ts';
import { AlignqlError, fromItemError } from './errors.ts';
import type * as api from './generated/api.ts';
import { type Embedding, type OrItemError, isItemError, orThrow, toEmbeddings } from './results.ts';
import { type RetryRules, pause, pauseBefore, withRetries } from './retry.ts';
import { type GraphqlAnswer, type Transport, post } from './transport.ts';

export type Result = api.Alignment | Embedding;
export type Ask = (question: Question, signal: AbortSignal | undefined) => Promise<Result>;

interface Call extends Question {
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls without a result, with why. */
type Failures = ReadonlyMap<Call, unknown>;
type Fields = readonly Field<Call>[];
type Named = Readonly<Record<string, unknown>>;

/**
 * Gathers the calls that are made without waiting in between (those of one `Promise.all`, say) into as few requests as the limits of
 * the deployment allow. They were begun by one task: in workerd, no request carries calls of two visitors.
 * @param isGathering false: each call is a request
 */
export function createBatch(transport: Transport, rules: RetryRules, isGathering: boolean): Ask {
  let waiting: Call[] = [];
  /** Kept as a value: in workerd a promise of one request's I/O may never settle for another request. */
  let limits: Limits | undefined;

  const readLimits = async (calls: readonly Call[]): Promise<Limits> => {
    type Answer = { readonly result: Limits };
    const attempt = (signal: AbortSignal) => () => post<Answer>(transport, LIMITS, {}, signal);
    limits ??= (await whileWanted(calls, (signal) => withRetries(attempt(signal), rules, signal))).data
      .result;
    return limits;
  };

  /** @param tried how often these calls were repeated */
  async function ask(calls: readonly Call[], tried = 0): Promise<void> {
    const alive = calls.filter(isWanted);
    const fields = toFields(alive);
    // One after the other: a deployment has one encoder for all.
    for (const request of alive.length > 1 ? toRequests(fields, await readLimits(alive)) : [fields]) {
      await send(request, tried);
    }
  }

  /** Sends one request, and again what failed of it: a request and an item that fail count alike. */
  async function send(request: Fields, tried: number): Promise<void> {
    const fields = only(request, isWanted);
    const calls = fields.flatMap(({ questions }) => questions);
    if (calls.length === 0) return;
    let failures: Failures;
    try {
      const [query, variables] = [toDocument(fields), toVariables(fields)];
      const answer = await whileWanted(calls, (signal) => post<Named>(transport, query, variables, signal));
      failures = settle(fields, answer);
    } catch (error) {
      if (calls.length > 1 && isOfOne(error)) {
        // One call's mistake fails the request of all: halves of it find the one.
        const middle = Math.ceil(calls.length / 2);
        await ask(calls.slice(0, middle), tried);
        return ask(calls.slice(middle), tried);
      }
      failures = new Map(calls.map((call) => [call, error]));
    }
    const { again, wait } = worthRepeating(failures, tried, rules);
    if (again.size === 0) return;
    // Its end by the calls' signals is none of other requests' matter.
    await whileWanted([...again], (signal) => pause(wait, signal)).catch(() => null);
    return send(
      only(fields, (call) => again.has(call)),
      tried + 1,
    );
  }

  function flush(): void {
    const calls = waiting;
    waiting = [];
    for (const together of isGathering ? [calls] : calls.map((call) => [call])) {
      ask(together).catch((error: unknown) => {
        for (const { reject } of together) reject(error);
      });
    }
  }

  return (question, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (waiting.length === 0) queueMicrotask(flush);
      waiting.push({ ...question, ...endedBy(signal, resolve, reject) });
    });
}

/** A call that its own signal ends at once, whatever the request does that it is part of. */
function endedBy(
  signal: AbortSignal | undefined,
  resolve: (result: Result) => void,
  reject: (error: unknown) => void,
): Pick<Call, 'signal' | 'resolve' | 'reject'> {
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const forget = (): void => signal?.removeEventListener('abort', abort);
  return {
    signal,
    resolve: (result) => {
      forget();
      resolve(result);
    },
    reject: (error) => {
      forget();
      reject(error);
    },
  };
}

const isWanted = ({ signal }: Call): boolean => !signal?.aborted;

/** Fields of some of the calls: a part of a request is within the limits that the whole was. */
function only(fields: Fields, keep: (call: Call) => boolean): Fields {
  return fields
    .map((field) => ({ ...field, questions: field.questions.filter(keep) }))
    .filter(({ questions }) => questions.length > 0);
}

/** Does `work` with a signal that aborts when every one of the calls has been aborted. */
async function whileWanted<Done>(
  calls: readonly Call[],
  work: (signal: AbortSignal) => Promise<Done>,
): Promise<Done> {
  const all = new AbortController();
  const check = (): void => {
    if (!calls.some(isWanted)) all.abort();
  };
  check();
  for (const { signal } of calls) signal?.addEventListener('abort', check);
  try {
    return await work(all.signal);
  } finally {
    for (const { signal } of calls) signal?.removeEventListener('abort', check);
  }
}

/** Whether a request that failed may have done so for one of its calls: a limit, a value that does not fit. */
function isOfOne(error: unknown): boolean {
  return error instanceof AlignqlError && (error.status === 400 || error.status === 413);
}

/** The calls to repeat, together, after `wait` milliseconds. The others are rejected. */
function worthRepeating(
  failures: Failures,
  tried: number,
  rules: RetryRules,
): { readonly again: ReadonlySet<Call>; readonly wait: number } {
  const again = new Set<Call>();
  let wait = 0;
  for (const [call, error] of failures) {
    const asked = pauseBefore(error, tried, rules);
    if (asked === null) call.reject(error);
    else {
      again.add(call);
      wait = Math.max(wait, asked);
    }
  }
  return { again, wait };
}

/** @returns the calls whose items failed, with why; all others have their result */
function settle(fields: Fields, { data, requestId }: GraphqlAnswer<Named>): Failures {
  const failures = new Map<Call, AlignqlError>();
  fields.forEach(({ questions }, k) => {
    const results = toResults(data[`f${k}`] as FieldValue, questions.length, requestId);
    questions.forEach((call, i) => {
      const result = results[i];
      if (result instanceof AlignqlError) failures.set(call, result);
      else call.resolve(result);
    });
  });
  return failures;
}

type FieldValue =
  OrItemError<api.Alignment> | OrItemError<api.Ranking> | readonly OrItemError<api.Embedding>[];

/** One result a question, in their order. */
function toResults(value: FieldValue, count: number, requestId: string | null): (Result | AlignqlError)[] {
  if (Array.isArray(value)) return toEmbeddings(value as readonly OrItemError<api.Embedding>[], requestId);
  const member = value as OrItemError<api.Alignment | api.Ranking>;
  if (isItemError(member)) return Array<AlignqlError>(count).fill(fromItemError(member, requestId));
  const result = orThrow<api.Alignment | api.Ranking>(member, requestId);
  return isRanking(result) ? fromRanking(result, requestId) : [result];
}

function isRanking(result: api.Alignment | api.Ranking): result is api.Ranking {
  return 'items' in result;
}

function fromRanking(
  { items, selection, provenance }: api.Ranking,
  requestId: string | null,
): (Result | AlignqlError)[] {
  const results: (Result | AlignqlError)[] = [];
  for (const { index, error, ...scores } of items) {
    results[index] = error
      ? fromItemError(error, requestId)
      : ({ ...scores, encoder: provenance.encoder, selection, provenance } as api.Alignment);
  }
  return results;
}
