import * as v from 'valibot';
import { readRetryAfter } from '../../../src/clip/http/retry-after.ts';
import { createRemoteClient } from '../../../src/clip/remote/client.ts';
import { EncoderFailure, FAILURES, onePlainLine } from '../../../src/clip/remote/failure.ts';
import { type Timing, realTiming } from '../../../src/clip/remote/timing.ts';
import { AppError } from '../../../src/errors.ts';
import type { VectorizeIndex, VectorizeRow } from '../../../src/search/vectorize/vectorize-calls.ts';
import type { VectorizeAccess } from './vectorize-access.ts';

/** An account that asked too often is shut out for five minutes. https://developers.cloudflare.com/fundamentals/api/reference/limits/ */
const DEADLINE_MS = 400_000;
const LIST_PAGE = 1000;
/** Nine digits give every float32 back. */
const DIGITS = 9;

const errorSchema = v.object({ errors: v.array(v.object({ code: v.number(), message: v.string() })) });
const mutationSchema = v.object({ mutationId: v.string() });
const configSchema = v.object({ config: v.object({ dimensions: v.number(), metric: v.string() }) });
const infoSchema = v.object({
  dimensions: v.number(),
  vectorCount: v.number(),
  processedUpToMutation: v.optional(v.unknown()),
});
const metadataIndexesSchema = v.object({
  metadataIndexes: v.array(v.object({ propertyName: v.string(), indexType: v.string() })),
});
const matchesSchema = v.object({ matches: v.array(v.object({ id: v.string(), score: v.number() })) });
const vectorsSchema = v.array(
  v.object({ id: v.string(), metadata: v.nullish(v.record(v.string(), v.unknown())) }),
);
const listSchema = v.object({
  vectors: v.array(v.object({ id: v.string() })),
  isTruncated: v.boolean(),
  nextCursor: v.nullish(v.string()),
});

interface Call {
  readonly method: 'GET' | 'POST';
  /** Below the index. */
  readonly path: string;
  readonly body?: string;
  readonly type?: string;
}

/**
 * An index of Vectorize by the REST API, version 2: https://developers.cloudflare.com/api/resources/vectorize/. What fails for want of
 * capacity or of a connection is asked again, see `createRemoteClient`: every call here may be made twice.
 * All calls throw AppError STORAGE_FAILED, whose message says what to do.
 */
export function openVectorizeApi(
  { baseUrl, accountId, token }: VectorizeAccess,
  name: string,
  timing: Timing = realTiming,
): VectorizeIndex {
  const root = `${baseUrl}/accounts/${accountId}/vectorize/v2/indexes/${encodeURIComponent(name)}`;
  // A command has nobody else to spare: it goes on asking until its own deadline.
  const breaker = { enter: () => ({ report: () => undefined }) };

  async function send({ method, path, body, type = 'application/json' }: Call): Promise<unknown> {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': type }),
    };
    let response: Response;
    try {
      response = await fetch(`${root}${path}`, {
        method,
        headers,
        redirect: 'error',
        ...(body === undefined ? {} : { body }),
      });
    } catch (cause) {
      throw new EncoderFailure(FAILURES.unreachable, "Cloudflare's API is out of reach. Check the network.", {
        cause,
      });
    }
    const text = await response.text();
    if (response.ok) return resultOf(text);
    throw toFailure(response, text, name, timing.now());
  }

  async function call<Schema extends v.GenericSchema>(
    schema: Schema,
    asked: Call,
  ): Promise<v.InferOutput<Schema>> {
    const model = { who: "Cloudflare's API", breaker, timing, toFailure: asFailure };
    try {
      const client = createRemoteClient(model, timing.now() + DEADLINE_MS, DEADLINE_MS);
      return v.parse(schema, await client.run(() => send(asked)));
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new AppError(
        'STORAGE_FAILED',
        `Vectorize${asked.path.replace('/', ' ')}: ${message.replaceAll(token, '***')}`,
        { cause },
      );
    }
  }
  const post = (path: string, body: object): Call => ({ method: 'POST', path, body: JSON.stringify(body) });
  const get = (path: string): Call => ({ method: 'GET', path });

  return {
    name,
    async upsert(rows) {
      const body = rows.map(lineOf).join('\n');
      const asked = { method: 'POST', path: '/upsert', body, type: 'application/x-ndjson' } as const;
      return (await call(mutationSchema, asked)).mutationId;
    },
    deleteByIds: async (ids) => (await call(mutationSchema, post('/delete_by_ids', { ids }))).mutationId,
    async getByIds(ids) {
      const vectors = await call(vectorsSchema, post('/get_by_ids', { ids }));
      return vectors.map(({ id, metadata }) => ({ id, ...(metadata == null ? {} : { metadata }) }));
    },
    query: (vector, options) =>
      call(
        matchesSchema,
        post('/query', { ...options, vector: Array.from(vector, short), returnMetadata: 'none' }),
      ),
    async describe() {
      const { processedUpToMutation, ...info } = await call(infoSchema, get('/info'));
      return { ...info, processedUpToMutation };
    },
    config: async () => (await call(configSchema, get(''))).config,
    metadataIndexes: async () =>
      (await call(metadataIndexesSchema, get('/metadata_index/list'))).metadataIndexes,
    async createMetadataIndex(propertyName, indexType) {
      await call(mutationSchema, post('/metadata_index/create', { propertyName, indexType }));
    },
    async *listIds() {
      let cursor: string | null | undefined;
      do {
        const from: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
        const page: v.InferOutput<typeof listSchema> = await call(
          listSchema,
          get(`/list?count=${LIST_PAGE}${from}`),
        );
        yield page.vectors.map(({ id }) => id);
        cursor = page.isTruncated ? page.nextCursor : null;
      } while (cursor);
    },
  };
}

/** One row as a line of JSON, its numbers no longer than float32 says. */
function lineOf({ id, values, namespace, metadata }: VectorizeRow): string {
  return JSON.stringify({
    id,
    values: Array.from(values, short),
    namespace,
    ...(metadata === undefined ? {} : { metadata }),
  });
}

function short(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

function resultOf(text: string): unknown {
  try {
    return v.parse(v.object({ result: v.unknown() }), JSON.parse(text)).result;
  } catch (cause) {
    throw new EncoderFailure(
      FAILURES.wrongAnswer,
      `an answer that is no JSON with a result: ${onePlainLine(text)}`,
      { cause },
    );
  }
}

/** Of Cloudflare's API and of Vectorize: https://developers.cloudflare.com/api, and as users report them. */
const NOT_FOUND = 3000;
const BUSY = new Set([971, 10429, 40041]);

function toFailure(response: Response, body: string, name: string, now: number): EncoderFailure {
  const { status, headers } = response;
  const [first] = errorsOf(body);
  const said = `${onePlainLine(first?.message ?? body) || 'no reason given'} (${first === undefined ? `status ${status}` : `code ${first.code}`})`;
  if (status === 429 || BUSY.has(first?.code ?? 0)) {
    const retryAfterSeconds = readRetryAfter(headers, now);
    return new EncoderFailure(
      FAILURES.busy,
      `${said}. The account may ask 1,200 times in five minutes: try again later; what is written stays.`,
      retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
    );
  }
  if (status >= 500)
    return new EncoderFailure(FAILURES.busy, `${said}. Try again later; what is written stays.`);
  return new EncoderFailure(FAILURES.closed, `${said}. ${adviceOn(status, first?.code, name)}`);
}

function adviceOn(status: number, code: number | undefined, name: string): string {
  if (code === NOT_FOUND || status === 404) {
    return `Make the index: npx wrangler vectorize create ${name} --dimensions=N --metric=cosine, N at least the coordinates that the selection keeps; or name another in wrangler.toml.`;
  }
  if (status === 401 || status === 403) {
    return 'The account refused the credentials: the token needs "Vectorize: Edit"; check CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID.';
  }
  return 'Vectorize does not take what was sent; that is a bug unless the index was made for something else.';
}

function errorsOf(body: string): readonly { readonly code: number; readonly message: string }[] {
  try {
    const parsed = v.safeParse(errorSchema, JSON.parse(body));
    return parsed.success ? parsed.output.errors : [];
  } catch {
    return []; // no JSON: the body itself is told
  }
}

function asFailure(error: unknown): EncoderFailure {
  if (error instanceof EncoderFailure) return error;
  return new EncoderFailure(FAILURES.unreachable, error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
