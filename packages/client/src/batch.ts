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

type Failures = ReadonlyMap<Call, AlignqlError>;
type Fields = readonly Field<Call>[];
type Named = Readonly<Record<string, unknown>>;

/**
 * Gathers the calls that are made without waiting in between (those of one `Promise.all`, say) into as few requests as the limits of
 * the deployment allow. They were begun by one task: in workerd, no request carries calls of two visitors.
 * @param isGathering false: each call is a request
 */
export function createBatch(transport: Transport, rules: RetryRules, isGathering: boolean): Ask {
  let waiting: Call[] = [];
  let limits: Promise<Limits> | undefined;

  const send = <Data>(query: string, variables: Named, signal?: AbortSignal): Promise<GraphqlAnswer<Data>> =>
    withRetries(() => post<Data>(transport, query, variables, signal), rules, signal);

  /** Asked once, before the first request of several calls. */
  const readLimits = (): Promise<Limits> => {
    limits ??= send<{ readonly result: Limits }>(LIMITS, {}).then(
      ({ data }) => data.result,
      (error: unknown) => {
        limits = undefined;
        throw error;
      },
    );
    return limits;
  };

  async function run(all: readonly Call[]): Promise<void> {
    let calls = all;
    for (let tried = 0; calls.length > 0; tried++) {
      const { again, wait } = worthRepeating(await ask(calls), tried, rules);
      calls = again;
      if (again.length > 0) await whileWanted(again, (signal) => pause(wait, signal));
    }
  }

  /** @returns the calls whose items failed, with why; all others are settled */
  async function ask(calls: readonly Call[]): Promise<Failures> {
    const alive = calls.filter(({ signal }) => !signal?.aborted);
    const fields = toFields(alive);
    const failures = new Map<Call, AlignqlError>();
    // One after the other: a deployment has one encoder for all.
    for (const request of alive.length > 1 ? toRequests(fields, await readLimits()) : [fields]) {
      for (const [call, error] of await askOnce(request)) failures.set(call, error);
    }
    return failures;
  }

  async function askOnce(fields: Fields): Promise<Failures> {
    const calls = fields.flatMap(({ questions }) => questions);
    if (calls.length === 0) return new Map();
    try {
      const [query, variables] = [toDocument(fields), toVariables(fields)];
      return settle(fields, await whileWanted(calls, (signal) => send<Named>(query, variables, signal)));
    } catch (error) {
      if (calls.length > 1 && isOfOne(error)) return askHalves(calls);
      for (const { reject } of calls) reject(error);
      return new Map();
    }
  }

  /** One call's mistake fails the request of all: halves of it find the one. */
  async function askHalves(calls: readonly Call[]): Promise<Failures> {
    const middle = Math.ceil(calls.length / 2);
    return new Map([...(await ask(calls.slice(0, middle))), ...(await ask(calls.slice(middle)))]);
  }

  function start(calls: readonly Call[]): void {
    run(calls).catch((error: unknown) => {
      for (const { reject } of calls) reject(error);
    });
  }

  function flush(): void {
    const calls = waiting;
    waiting = [];
    if (isGathering) start(calls);
    else for (const call of calls) start([call]);
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

/** Does `work` with a signal that aborts when every one of the calls has been aborted. */
async function whileWanted<Done>(
  calls: readonly Call[],
  work: (signal: AbortSignal) => Promise<Done>,
): Promise<Done> {
  const all = new AbortController();
  const check = (): void => {
    if (calls.every(({ signal }) => signal?.aborted)) all.abort();
  };
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
): { readonly again: readonly Call[]; readonly wait: number } {
  const again: Call[] = [];
  let wait = 0;
  for (const [call, error] of failures) {
    const asked = pauseBefore(error, tried, rules);
    if (asked === null) call.reject(error);
    else {
      again.push(call);
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
