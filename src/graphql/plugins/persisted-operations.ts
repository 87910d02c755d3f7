import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { hashOfDocument } from '../../storage/operation-list.ts';
import type { OperationList } from '../../storage/operation-list.ts';
import { traceOf } from '../../telemetry/request-trace.ts';
import { MAX_DOCUMENT_CHARACTERS } from '../document-cache.ts';
import type { PersistedMode } from '../switches.ts';
import { badRequest } from '../../body/bad-request.ts';

/** All documents together that one isolate keeps for those who name them. */
const MAX_KEPT_CHARACTERS = 512 * 1024;
/** A longer document is refused for its length before it is parsed, so that nobody need hash it. */
const MAX_HASHED_CHARACTERS = 65_536;
const HEX_SHA256 = /^[0-9a-f]{64}$/;
/** As long as a published name takes to reach every place. */
const CACHE_CONTROL = 'public, max-age=60';

/** What the plugin must know of the deployment that a request came to. */
export interface PersistedSource {
  readonly mode: PersistedMode;
  /** Whether the answer is the same whoever asks. */
  readonly isOpen: boolean;
  readonly list: () => Promise<OperationList>;
}

/**
 * Operations by a name in place of their text. `automatic`: Apollo's protocol, a document that has been answered is kept under its
 * SHA-256 (extensions.persistedQuery.sha256Hash), and who names one that is not kept sends it along next. `only`: documents of the
 * operator's list, by id or by text, and no other. Whatever is found is parsed, priced and limited as if it had been sent.
 * https://www.apollographql.com/docs/apollo-server/performance/apq
 */
export function persistedOperationsPlugin(
  sourceOf: (request: Request) => PersistedSource,
): Plugin<{ request: Request }> {
  const kept = new LRUCache<string, string>({
    maxSize: MAX_KEPT_CHARACTERS,
    maxEntrySize: MAX_DOCUMENT_CHARACTERS,
    sizeCalculation: (document) => Math.max(1, document.length),
  });
  const named = new WeakMap<Request, { readonly hash: string; readonly document: string }>();

  function findKept(request: Request, params: GraphQLParams, hash: string): string {
    if (!HEX_SHA256.test(hash)) throw badRequest('Expected sha256Hash as 64 lower-case hexadecimal digits.');
    const document = params.query ?? kept.get(hash);
    if (document === undefined) throw notFound('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND', 200);
    if (
      params.query &&
      params.query.length <= MAX_HASHED_CHARACTERS &&
      hashOfDocument(params.query) !== hash
    ) {
      throw badRequest('The sha256Hash is not that of the query.', { code: 'PERSISTED_QUERY_HASH_MISMATCH' });
    }
    named.set(request, { hash, document });
    return document;
  }

  return {
    onParams({ request, params, setParams }) {
      const source = sourceOf(request);
      const id = idOf(params);
      const take = (document: string): void => {
        if (document !== params.query) setParams({ ...params, query: document });
      };
      if (source.mode === 'only') {
        return source.list().then((list) => {
          const document = findListed(list, params.query, id);
          if (id !== null) named.set(request, { hash: id, document });
          take(document);
        });
      }
      if (id === null || (source.mode === 'off' && params.query)) return undefined;
      if (source.mode === 'off') {
        throw notFound('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED', 200);
      }
      take(findKept(request, params, id));
      return undefined;
    },
    onExecute({ args }) {
      // Only what is valid is kept, so that nonsense pushes nothing out.
      const { request } = args.contextValue as { readonly request: Request };
      const operation = named.get(request);
      if (operation && sourceOf(request).mode === 'automatic') kept.set(operation.hash, operation.document);
    },
    onResponse({ request, response }) {
      if (!named.has(request) || request.method !== 'GET' || response.status !== 200) return;
      if (!mayBeKept(request) || !sourceOf(request).isOpen) return;
      response.headers.set('cache-control', CACHE_CONTROL);
      response.headers.append('vary', 'Accept');
    },
  };
}

/**
 * Whether a shared cache may answer others from this: nobody has shown who they are, nothing failed, and nothing was encoded, so that
 * it holds what was published and no more.
 */
function mayBeKept(request: Request): boolean {
  const trace = traceOf(request);
  if (trace === undefined || request.headers.has('authorization') || request.headers.has('cookie'))
    return false;
  return trace.codes.size === 0 && trace.embeddings() === undefined;
}

/** @throws GraphQLError where extensions.persistedQuery is there and is not of Apollo's protocol */
function idOf({ extensions }: GraphQLParams): string | null {
  const persisted: unknown = extensions?.persistedQuery;
  if (persisted == null) return null;
  const { version, sha256Hash } = persisted as { readonly version?: unknown; readonly sha256Hash?: unknown };
  if (version === 1 && typeof sha256Hash === 'string') return sha256Hash;
  throw badRequest('Expected extensions.persistedQuery as {"version": 1, "sha256Hash": "..."}.');
}

function findListed({ byId, texts }: OperationList, query: string | undefined, id: string | null): string {
  const document = query || (id === null ? undefined : byId.get(id));
  if (document !== undefined && texts.has(document)) return document;
  throw notFound('Only operations of this service’s list are answered.', 'PERSISTED_QUERY_NOT_IN_LIST', 403);
}

/** Apollo's clients look for the message, and take 200 for it. */
function notFound(message: string, code: string, status: number): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}
