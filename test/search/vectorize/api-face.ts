import { readLines } from './binding-face.ts';
import { FakeIndex, type IndexConfig } from './fake-index.ts';
import { CODES, VectorizeRefusal } from './refusal.ts';

/** Vectors of one request. */
const MAX_BATCH = 5000;
const MAX_BODY_BYTES = 100 * 10 ** 6;

/** An account of the platform, as far as Vectorize goes. */
export interface FakeAccount {
  readonly id: string;
  readonly token: string;
  readonly indexes: Map<string, FakeIndex>;
}

/**
 * The REST API of Vectorize, version 2, below `/accounts`: https://developers.cloudflare.com/api/resources/vectorize/. An index that is not
 * there is told with code 3000, as its users report.
 */
export async function answerApi(account: FakeAccount, request: Request): Promise<Response> {
  try {
    const result = await answer(account, request);
    return Response.json({ success: true, errors: [], messages: [], result });
  } catch (error) {
    if (!(error instanceof VectorizeRefusal)) throw error;
    const { code, message, status } = error;
    return Response.json(
      { success: false, errors: [{ code, message }], messages: [], result: null },
      { status },
    );
  }
}

async function answer(account: FakeAccount, request: Request): Promise<unknown> {
  if (request.headers.get('authorization') !== `Bearer ${account.token}`) {
    throw new VectorizeRefusal(CODES.notAllowed, 'Authentication error', 401);
  }
  const { pathname } = new URL(request.url);
  const [, id, name, operation] =
    /^\/accounts\/([^/]+)\/vectorize\/v2\/indexes(?:\/([^/]+)(?:\/(.+))?)?$/.exec(pathname) ?? [];
  if (id !== account.id) throw new VectorizeRefusal(CODES.notAllowed, 'Authentication error', 403);
  if (name === undefined) return create(account, request);
  const index = account.indexes.get(decodeURIComponent(name));
  if (index === undefined) {
    throw new VectorizeRefusal(CODES.indexNotFound, `vectorize.index.not_found - Index name "${name}"`, 404);
  }
  return operate(index, operation, request);
}

async function create({ indexes }: FakeAccount, request: Request): Promise<unknown> {
  if (request.method === 'GET') return [...indexes.values()].map(describe);
  const { name, config } = (await request.json()) as { name: string; config: IndexConfig };
  const index = new FakeIndex(name, config);
  indexes.set(name, index);
  return describe(index);
}

function describe({ name, config }: FakeIndex): object {
  return {
    name,
    description: '',
    config,
    created_on: '2026-11-30T00:00:00.000Z',
    modified_on: '2026-11-30T00:00:00.000Z',
  };
}

async function operate(index: FakeIndex, operation: string | undefined, request: Request): Promise<unknown> {
  if (operation === undefined) return describe(index);
  if (operation === 'info') return index.info();
  if (operation === 'list') {
    const { searchParams } = new URL(request.url);
    return index.list(Number(searchParams.get('count') ?? 100), searchParams.get('cursor'));
  }
  if (operation === 'metadata_index/list') return { metadataIndexes: index.metadataIndexes() };
  if (operation === 'insert') return { mutationId: index.insert(await readNdjson(request), MAX_BATCH) };
  if (operation === 'upsert') return { mutationId: index.upsert(await readNdjson(request), MAX_BATCH) };
  const body = (await request.json()) as Record<string, unknown>;
  if (operation === 'query') {
    const { vector, vectorId, ...options } = body;
    return vector === undefined ? index.queryById(vectorId, options) : index.query(vector, options);
  }
  if (operation === 'get_by_ids') return index.getByIds(body.ids);
  if (operation === 'delete_by_ids') return { mutationId: index.deleteByIds(body.ids) };
  if (operation === 'metadata_index/create') {
    return { mutationId: index.createMetadataIndex(body.propertyName, body.indexType) };
  }
  throw new VectorizeRefusal(CODES.assumed, `no operation ${operation}`, 404);
}

async function readNdjson(request: Request): Promise<unknown[]> {
  if (request.headers.get('content-type') !== 'application/x-ndjson') {
    throw new VectorizeRefusal(CODES.unknownContentType, 'vectorize.unknown_content_type');
  }
  const body = await request.text();
  if (body.length > MAX_BODY_BYTES) {
    throw new VectorizeRefusal(CODES.assumed, `at most ${MAX_BODY_BYTES} bytes, got ${body.length}`, 413);
  }
  return readLines(body);
}
