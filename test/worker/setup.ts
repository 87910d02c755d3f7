import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import type { SelectionModel } from '../../src/core/scoring/selection-model.ts';
import { type SelectionRecord, encodeSelection } from '../../src/format/selection-record.ts';
import worker from '../../src/index.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';

export const ENDPOINT = 'https://alignql.test/graphql';
const CREATED_AT = '2026-11-24T03:00:00.000Z';

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string; readonly retryable?: boolean };
}

export interface Answer {
  readonly status: number;
  // Shapes are asserted by the tests; typing every query would only repeat the schema.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly data: any;
  readonly errors?: readonly GraphqlError[];
  readonly extensions?: {
    readonly warnings?: readonly { readonly code: string; readonly message: string }[];
  };
}

export async function readAnswer(response: Response): Promise<Answer> {
  return { status: response.status, ...(await response.json<Omit<Answer, 'status'>>()) };
}

function graphqlRequest(query: string, variables: object, headers: Record<string, string>): Request {
  return new Request(ENDPOINT, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
}

/** A request over HTTP to the Worker in workerd, with its real bindings. */
export async function ask(
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return readAnswer(await exports.default.fetch(graphqlRequest(query, variables, headers)));
}

export interface FakeAi {
  /** Every call's inputs, in order. */
  readonly calls: unknown[];
  run(model: string, inputs: Record<string, unknown>, options: unknown): Promise<unknown>;
}

/** A double of the `AI` binding at its contract, for its faults. */
export function fakeAi(answer: (inputs: Record<string, unknown>) => unknown): FakeAi {
  const calls: unknown[] = [];
  return {
    calls,
    async run(_model, inputs) {
      calls.push(inputs);
      return answer(inputs);
    },
  };
}

/**
 * The Worker's own handler with some bindings or variables replaced; the rest, KV included, is real. Every call is a new
 * isolate to it, and no embedding is kept unless `overrides` asks for it: those of a double must not reach other tests.
 */
export async function askWith(overrides: object, query: string, variables: object = {}): Promise<Answer> {
  return readAnswer(await openIsolate(overrides)(query, variables));
}

/** Like `askWith`, for several requests to one isolate. A response is given once all work after it is done. */
export function openIsolate(overrides: object): (query: string, variables?: object) => Promise<Response> {
  const changes: object = { EMBEDDING_CACHE: 'off', ...overrides };
  const isolate = { ...env, ...changes };
  return async (query, variables = {}) => {
    const ctx = createExecutionContext();
    const request = graphqlRequest(query, variables, {}) as Request<unknown, IncomingRequestCfProperties>;
    const response = await worker.fetch(request, isolate, ctx);
    const body = await response.text();
    await waitOnExecutionContext(ctx);
    return new Response(body, response);
  };
}

/** A full model of 4 coordinates that calibrates a score s to sigmoid(10 s - 3). */
export const fullModel: SelectionModel = {
  dim: 4,
  k: 4,
  imageMean: null,
  textMean: null,
  projection: { kind: 'full' },
  fusion: { kind: 'identity' },
  calibrator: {
    kind: 'platt',
    slope: 10,
    intercept: -3,
    covariance: [0.04, -0.01, 0.01],
    baseRate: 0.5,
    matchThreshold: 0.8,
    mismatchThreshold: 0.2,
  },
};

export const otherEncoder = { id: 'other-encoder', fingerprint: 'f'.repeat(64) };

export function recordOf(model: SelectionModel, changes: Partial<SelectionRecord> = {}): SelectionRecord {
  return {
    encoder: otherEncoder,
    strategy: model.projection.kind === 'full' ? 'full' : 'mutual-information',
    params: { neighbours: 3 },
    model,
    relevance: null,
    metrics: { auc: 0.9 },
    seed: 7,
    ...changes,
  };
}

/** Publish to the Worker's KV, as the command does. @returns the record's id */
export async function publish(name: string, record: SelectionRecord): Promise<string> {
  const { id } = await publishSelection(env.SELECTIONS, name, encodeSelection(record), {
    createdAt: CREATED_AT,
  });
  return id;
}

/** `Vector` of the numbers, written here by hand: the Worker's own encoder is what is under test. */
export function vector(numbers: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  numbers.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}

export function numbersOf(text: string): number[] {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** An `embedding` input of the other encoder. */
export function embedding(numbers: readonly number[], encoder = otherEncoder.id): object {
  return { embedding: { vector: vector(numbers), encoder } };
}

/** Cosine as the textbook writes it. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, value, i) => sum + value * b[i], 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
