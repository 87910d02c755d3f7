import type { FakeIndex } from './fake-index.ts';
import { CODES, VectorizeRefusal } from './refusal.ts';

/** Vectors of one call of the binding. */
const MAX_BATCH = 1000;

/**
 * What stands behind a Worker's binding: the requests that workerd's own `cloudflare-internal:vectorize-api` sends (version 2, vectors as
 * JSON lines) and what it reads of the answers. https://github.com/cloudflare/workerd/blob/main/src/cloudflare/internal/vectorize-api.ts
 */
export async function answerBinding(index: FakeIndex, request: Request): Promise<Response> {
  try {
    return Response.json(await answer(index, request));
  } catch (error) {
    if (!(error instanceof VectorizeRefusal)) throw error;
    return Response.json({ code: error.code, error: error.message }, { status: error.status });
  }
}

async function answer(index: FakeIndex, request: Request): Promise<unknown> {
  const operation = new URL(request.url).pathname.slice(1);
  if (operation === 'info') return index.info();
  const body = await request.text();
  if (operation === 'insert') return { mutationId: index.insert(readLines(body), MAX_BATCH) };
  if (operation === 'upsert') return { mutationId: index.upsert(readLines(body), MAX_BATCH) };
  const { vector, vectorId, ids, ...options } = JSON.parse(body) as Record<string, unknown>;
  if (operation === 'query') {
    return vector === undefined ? index.queryById(vectorId, options) : index.query(vector, options);
  }
  if (operation === 'getByIds') return index.getByIds(ids);
  if (operation === 'deleteByIds') return { mutationId: index.deleteByIds(ids) };
  throw new Error(`the binding asks for nothing like ${operation}`);
}

/** @throws VectorizeRefusal for what is no JSON */
export function readLines(body: string): unknown[] {
  try {
    return body
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as unknown);
  } catch {
    throw new VectorizeRefusal(
      CODES.unreadableVectors,
      'failed to parse upsert vectors request in json format',
    );
  }
}
