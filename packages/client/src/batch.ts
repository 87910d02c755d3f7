import {
  type Field,
  type Question,
  type QuestionVariables,
  partOf,
  toAsked,
  toFields,
} from './batch-fields.ts';
import { LIMITS, type Limits, halves, toRequests } from './batch-limits.ts';
import type { ScoreOptions } from './client.ts';
import { AlignqlError, fromItemError } from './errors.ts';
import { type Variables, toRequest } from './fields.ts';
import type * as api from './generated/api.ts';
import { toRequestBody } from './request-body.ts';
import { type Embedding, type OrItemError, isItemError, toEmbedding } from './results.ts';
import { type RetryRules, endedBy, pause, pauseBefore, withRetries } from './retry.ts';
import { type GraphqlAnswer, type Transport, post } from './transport.ts';

export type Result = api.Alignment | Embedding;
export type Ask = (asked: QuestionVariables, options: ScoreOptions | undefined) => Promise<Result>;

interface Call extends Question {
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

type Fields = readonly Field<Call>[];

/**
 * Gathers the calls that are made without waiting in between (those of one `Promise.all`, say) into as few requests as the limits of
 * the deployment allow. They were begun by one task: in workerd, no request carries calls of two visitors.
 * @param isGathering false: each call is a request
 */
export function createBatch(transport: Transport, rules: RetryRules, isGathering: boolean): Ask {
  let waiting: Call[] = [];
  /** Kept as a value: in workerd a promise of one request's I/O may never settle for another request. */
  let limits: Limits | undefined;

  const readLimits = async (signal: AbortSignal): Promise<Limits> => {
    const attempt = () => post<{ readonly f0: Limits }>(transport, toRequestBody(LIMITS), signal);
    return (await withRetries(attempt, rules, signal)).data.f0;
  };

  /** @param tried how often these calls were repeated */
  async function ask(calls: readonly Call[], tried = 0): Promise<void> {
    const alive = calls.filter(isWanted);
    if (alive.length > 1) limits ??= await whileWanted(alive, readLimits);
    // One after the other: a deployment has one encoder for all.
    for (const request of toRequests(toFields(alive), limits)) await send(request, tried);
  }

  /** Sends one request, and again what failed of it: a request and an item that fail count alike. */
  async function send(request: Fields, tried: number): Promise<void> {
    const fields = only(request, isWanted);
    const calls = fields.flatMap(({ questions }) => questions);
    if (calls.length === 0) return;
    const again = new Set<Call>();
    let wait = 0;
    const fail = (call: Call, error: unknown): void => {
      const asked = pauseBefore(error, tried, rules);
      if (asked === null) return call.reject(error);
      again.add(call);
      wait = Math.max(wait, asked);
    };
    try {
      const asked = toRequestBody(toRequest(fields.map(toAsked)));
      settle(fields, await whileWanted(calls, (signal) => post<Variables>(transport, asked, signal)), fail);
    } catch (error) {
      if (calls.length > 1 && isOfOne(error)) {
        // One call's mistake fails the request of all: halves of it find the one.
        for (const half of halves(calls)) await ask(half, tried);
        return;
      }
      for (const call of calls) fail(call, error);
    }
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

  return ({ image, text }, { signal, ...asked } = {}) =>
    // Whatever becomes of the request that it is part of.
    endedBy(signal, (resolve, reject) => {
      if (waiting.length === 0) queueMicrotask(flush);
      waiting.push({ image: partOf(image), text: partOf(text), rules: asked, signal, resolve, reject });
    });
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
  return error instanceof AlignqlError && [400, 413].includes(error.status ?? 0);
}

/** Gives every call its result, or what its item failed for to `fail`. */
function settle(
  fields: Fields,
  { data, requestId }: GraphqlAnswer<Variables>,
  fail: (call: Call, error: AlignqlError) => void,
): void {
  fields.forEach(({ questions }, k) => {
    const members = toMembers(data[`f${k}`] as FieldValue, questions.length);
    questions.forEach((call, i) => {
      const member = members[i];
      if (isItemError(member)) fail(call, fromItemError(member, requestId));
      else call.resolve('vector' in member ? toEmbedding(member) : member);
    });
  });
}

type Member = OrItemError<api.Alignment | api.Embedding>;
type FieldValue = OrItemError<api.Alignment | api.Ranking> | readonly Member[];

/** One a question, in their order. */
function toMembers(value: FieldValue, count: number): readonly Member[] {
  if (Array.isArray(value)) return value as readonly Member[];
  if (!('items' in value)) return Array<Member>(count).fill(value as Member);
  const { items, selection, provenance } = value;
  const members: Member[] = [];
  for (const { index, error, ...scores } of items) {
    const alignment = { ...scores, encoder: provenance.encoder, selection, provenance };
    members[index] = error ?? (alignment as api.Alignment);
  }
  return members;
}
