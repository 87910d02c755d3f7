import { randomUUID } from 'node:crypto';
import { type IndexedValue, readFilter } from './metadata-filter.ts';
import { readVector, readVectors, utf8Length } from './read-vectors.ts';
import { CODES, VectorizeRefusal } from './refusal.ts';

export interface IndexConfig {
  readonly dimensions: number;
  readonly metric: 'cosine' | 'dot-product' | 'euclidean';
}

export type MetadataIndexType = 'string' | 'number' | 'boolean';

export interface MetadataIndex {
  readonly propertyName: string;
  readonly indexType: MetadataIndexType;
}

/** A vector as the index holds it. */
export interface StoredVector {
  readonly id: string;
  readonly values: Float32Array;
  readonly namespace?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** By the metadata indexes that were there before it. */
  readonly indexed: ReadonlyMap<string, IndexedValue>;
}

/** As the platform's own limits page tells them: https://developers.cloudflare.com/vectorize/platform/limits/ */
export const LIMITS = {
  dimensions: 1536,
  topK: 100,
  topKWithData: 50,
  idBytes: 64,
  namespaceBytes: 64,
  metadataBytes: 10_240,
  metadataIndexes: 10,
  indexedBytes: 64,
  listPage: 1000,
  // The next two by the platform's own refusals (code 40007).
  deletedIds: 100,
  readIds: 20,
} as const;

interface Mutation {
  readonly id: string;
  readonly apply: () => void;
}

/** What a query may ask beside its vector. */
export interface QueryOptions {
  readonly topK?: unknown;
  readonly namespace?: unknown;
  readonly returnValues?: unknown;
  readonly returnMetadata?: unknown;
  readonly filter?: unknown;
}

export interface Match {
  readonly id: string;
  readonly score: number;
  readonly namespace?: string;
  readonly values?: number[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/**
 * One index of Vectorize, for tests: there is no simulator of it. Mutations are taken in order and become visible when `settle` is
 * called, never by themselves: a test says when. Search is exact, where the platform's is approximate: nothing is said here about its
 * recall. What is written wrongly is refused with the platform's codes.
 */
export class FakeIndex {
  readonly name: string;
  readonly config: IndexConfig;
  readonly #vectors = new Map<string, StoredVector>();
  /** As of the last mutation that was taken, visible or not. */
  readonly #metadataIndexes = new Map<string, MetadataIndexType>();
  #pending: Mutation[] = [];
  #processed: { readonly id: string; readonly at: string } | null = null;
  #clock = Date.parse('2026-11-30T00:00:00.000Z');
  /** Vectors that were sent, counted each time. */
  written = 0;

  constructor(name: string, config: IndexConfig) {
    const { dimensions } = config;
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > LIMITS.dimensions) {
      throw new VectorizeRefusal(
        CODES.assumed,
        `dimensions must be from 1 to ${LIMITS.dimensions}, got ${dimensions}`,
      );
    }
    this.name = name;
    this.config = config;
  }

  /** Another that is as this one is, with everything seen that was taken. */
  copy(): FakeIndex {
    this.settle();
    const copy = new FakeIndex(this.name, this.config);
    for (const [id, vector] of this.#vectors) copy.#vectors.set(id, vector);
    for (const [name, type] of this.#metadataIndexes) copy.#metadataIndexes.set(name, type);
    copy.#processed = this.#processed;
    copy.#clock = this.#clock;
    return copy;
  }

  /** Mutations that are not visible yet. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Makes the first mutations visible. @param count all by itself */
  settle(count = Infinity): void {
    const due = this.#pending.splice(0, count);
    for (const { id, apply } of due) {
      apply();
      this.#clock += 1000;
      this.#processed = { id, at: new Date(this.#clock).toISOString() };
    }
  }

  /** The ids that a query could find, in order. */
  visibleIds(): string[] {
    return [...this.#vectors.keys()];
  }

  /** @param given as parsed JSON @param maxCount of a batch */
  upsert(given: readonly unknown[], maxCount: number): string {
    return this.#write(given, maxCount, (vector) => this.#vectors.set(vector.id, vector));
  }

  /** An id that is there stays as it is. */
  insert(given: readonly unknown[], maxCount: number): string {
    return this.#write(given, maxCount, (vector) => {
      if (!this.#vectors.has(vector.id)) this.#vectors.set(vector.id, vector);
    });
  }

  #write(given: readonly unknown[], maxCount: number, put: (vector: StoredVector) => void): string {
    const vectors = readVectors(given, this.config.dimensions, maxCount);
    this.written += vectors.length;
    const indexes = [...this.#metadataIndexes];
    const stored = vectors.map((vector) => ({ ...vector, indexed: indexedValues(vector.metadata, indexes) }));
    return this.#take(() => stored.forEach(put));
  }

  deleteByIds(ids: unknown): string {
    const read = readIds(ids, LIMITS.deletedIds);
    return this.#take(() => read.forEach((id) => this.#vectors.delete(id)));
  }

  getByIds(ids: unknown): Omit<Match, 'score'>[] {
    return readIds(ids, LIMITS.readIds).flatMap((id) => {
      const vector = this.#vectors.get(id);
      return vector === undefined
        ? []
        : [{ ...shownOf(vector), values: [...vector.values], ...metadataOf(vector) }];
    });
  }

  query(vector: unknown, options: QueryOptions = {}): { count: number; matches: Match[] } {
    const { dimensions } = this.config;
    const count = Array.isArray(vector) ? vector.length : 0;
    if (count !== dimensions) {
      throw new VectorizeRefusal(
        CODES.queryDimensions,
        `invalid query vector, expected ${dimensions} dimensions, and got ${count} dimensions`,
      );
    }
    const asked = readOptions(options);
    const query = Float32Array.from(vector as number[]);
    const isAllowed = asked.filter === undefined ? () => true : readFilter(asked.filter);
    const matches = [...this.#vectors.values()]
      .filter(
        ({ namespace, indexed }) =>
          (asked.namespace === undefined || namespace === asked.namespace) && isAllowed(indexed),
      )
      .map((stored) => ({ stored, score: scoreOf(this.config.metric, query, stored.values) }))
      .sort((a, b) => (this.config.metric === 'cosine' ? b.score - a.score : a.score - b.score))
      .slice(0, asked.topK)
      .map(({ stored, score }) => ({
        ...shownOf(stored),
        score,
        ...(asked.returnValues ? { values: [...stored.values] } : {}),
        ...(asked.returnMetadata === 'all' ? metadataOf(stored) : {}),
        ...(asked.returnMetadata === 'indexed' ? { metadata: Object.fromEntries(stored.indexed) } : {}),
      }));
    return { count: matches.length, matches };
  }

  queryById(id: unknown, options: QueryOptions = {}): { count: number; matches: Match[] } {
    const vector = typeof id === 'string' ? this.#vectors.get(id) : undefined;
    if (vector === undefined)
      throw new VectorizeRefusal(CODES.assumed, `no vector of id ${JSON.stringify(id)}`);
    return this.query([...vector.values], options);
  }

  /** As the platform's `info`: what is counted is what is visible. */
  info(): Record<string, unknown> {
    return {
      dimensions: this.config.dimensions,
      vectorCount: this.#vectors.size,
      processedUpToDatetime: this.#processed?.at ?? null,
      processedUpToMutation: this.#processed?.id ?? null,
    };
  }

  /** Ids page by page, as the platform lists them: https://developers.cloudflare.com/vectorize/best-practices/list-vectors/ */
  list(count: number, cursor: string | null): Record<string, unknown> {
    if (count < 1 || count > LIMITS.listPage) {
      throw new VectorizeRefusal(CODES.assumed, `count must be from 1 to ${LIMITS.listPage}, got ${count}`);
    }
    const ids = this.visibleIds().toSorted();
    const start = cursor === null ? 0 : ids.findIndex((id) => id > cursor);
    const page = start < 0 ? [] : ids.slice(start, start + count);
    const isTruncated = start >= 0 && start + page.length < ids.length;
    return {
      count: page.length,
      totalCount: ids.length,
      isTruncated,
      nextCursor: isTruncated ? page[page.length - 1] : null,
      vectors: page.map((id) => ({ id })),
    };
  }

  createMetadataIndex(propertyName: unknown, indexType: unknown): string {
    if (typeof propertyName !== 'string' || !['string', 'number', 'boolean'].includes(String(indexType))) {
      throw new VectorizeRefusal(
        CODES.assumed,
        'expected {propertyName, indexType: string, number or boolean}',
      );
    }
    if (this.#metadataIndexes.has(propertyName)) {
      throw new VectorizeRefusal(CODES.assumed, `there is a metadata index on ${propertyName}`);
    }
    if (this.#metadataIndexes.size >= LIMITS.metadataIndexes) {
      throw new VectorizeRefusal(CODES.assumed, `at most ${LIMITS.metadataIndexes} metadata indexes`);
    }
    this.#metadataIndexes.set(propertyName, indexType as MetadataIndexType);
    return this.#take(() => undefined);
  }

  metadataIndexes(): MetadataIndex[] {
    return Array.from(this.#metadataIndexes, ([propertyName, indexType]) => ({ propertyName, indexType }));
  }

  #take(apply: () => void): string {
    const id = randomUUID();
    this.#pending.push({ id, apply });
    return id;
  }
}

/** @throws VectorizeRefusal */
function readIds(ids: unknown, most: number): string[] {
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) {
    throw new VectorizeRefusal(CODES.assumed, 'expected {ids: [string]}');
  }
  if (ids.length > most) {
    throw new VectorizeRefusal(
      CODES.tooManyIds,
      `too many ids in payload; max id count is ${most}, got ${ids.length}`,
    );
  }
  const long = ids.find((id) => utf8Length(id) > LIMITS.idBytes);
  if (long !== undefined) throw readVector.idTooLong(long);
  return ids;
}

function readOptions({
  topK = 5,
  namespace,
  returnValues = false,
  returnMetadata = 'none',
  filter,
}: QueryOptions): {
  readonly topK: number;
  readonly namespace: string | undefined;
  readonly returnValues: boolean;
  readonly returnMetadata: string;
  readonly filter: unknown;
} {
  if (typeof returnMetadata !== 'string' || !['none', 'indexed', 'all'].includes(returnMetadata)) {
    throw new VectorizeRefusal(
      CODES.unreadableQuery,
      'Failed to parse the request body as JSON: returnMetadata: expected value',
    );
  }
  if (typeof topK !== 'number' || !Number.isInteger(topK) || topK < 1 || typeof returnValues !== 'boolean') {
    throw new VectorizeRefusal(CODES.unreadableQuery, 'Failed to parse the request body as JSON');
  }
  if (namespace !== undefined && typeof namespace !== 'string') {
    throw new VectorizeRefusal(CODES.unreadableQuery, 'Failed to parse the request body as JSON: namespace');
  }
  if (topK > LIMITS.topK) {
    throw new VectorizeRefusal(CODES.topK, `max top K is ${LIMITS.topK}, but got ${topK}`);
  }
  if (topK > LIMITS.topKWithData && (returnValues || returnMetadata === 'all')) {
    throw new VectorizeRefusal(
      CODES.topK,
      `with returnValues=true or returnMetadata=all, max top K is ${LIMITS.topKWithData}, but got ${topK}; ` +
        `for a top K up to ${LIMITS.topK}, retry with returnValues=false and returnMetadata=indexed`,
    );
  }
  return { topK, namespace, returnValues, returnMetadata, filter };
}

/** What the metadata indexes hold of a vector: values of their type, texts as far as 64 bytes go. */
function indexedValues(
  metadata: StoredVector['metadata'],
  indexes: readonly (readonly [string, MetadataIndexType])[],
): Map<string, IndexedValue> {
  const found = new Map<string, IndexedValue>();
  for (const [name, type] of indexes) {
    const value = name
      .split('.')
      .reduce<unknown>((object, key) => (object as Record<string, unknown> | undefined)?.[key], metadata);
    if (typeof value !== type) continue;
    found.set(name, typeof value === 'string' ? truncated(value) : (value as IndexedValue));
  }
  return found;
}

/** The longest well-formed beginning within the limit. */
function truncated(text: string): string {
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += utf8Length(character);
    if (bytes > LIMITS.indexedBytes) break;
    kept += character;
  }
  return kept;
}

/** Smaller is nearer for all but the cosine, as the platform tells distances. */
function scoreOf(metric: IndexConfig['metric'], query: Float32Array, values: Float32Array): number {
  let product = 0;
  let distance = 0;
  let lengths = [0, 0];
  for (let i = 0; i < query.length; i++) {
    product += query[i] * values[i];
    distance += (query[i] - values[i]) ** 2;
    lengths = [lengths[0] + query[i] ** 2, lengths[1] + values[i] ** 2];
  }
  if (metric === 'euclidean') return Math.sqrt(distance);
  if (metric === 'dot-product') return -product;
  return product / (Math.sqrt(lengths[0] * lengths[1]) || 1);
}

function shownOf({ id, namespace }: StoredVector): Pick<Match, 'id' | 'namespace'> {
  return { id, ...(namespace === undefined ? {} : { namespace }) };
}

function metadataOf({ metadata }: StoredVector): Pick<Match, 'metadata'> {
  return metadata === undefined ? {} : { metadata };
}
