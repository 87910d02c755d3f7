import * as v from 'valibot';

/**
 * A group of rows in an engine: those of one corpus for one selection. 1 to 48 of a-z, 0-9 and underscore, so that it can stand in a table's
 * name and a namespace as it is.
 */
const collection = v.pipe(v.string(), v.regex(/^[a-z0-9_]{1,48}$/, 'expected 1 to 48 of a-z, 0-9 and _'));

/**
 * Where candidates of a corpus are found, when not by the isolate's own scan: the kind, and what it takes to find the rows there. What it takes to
 * get in (addresses, passwords) is the deployment's and never stands here.
 * `postgres`: `index` says how rows are compared, see src/postgres/find-rows.ts.
 * `vectorize`: `index` and its `dimensions` are those of the platform, `texts` and `numbers` the fields that its metadata indexes hold, by place
 * (src/search/vectorize/metadata-properties.ts), `pending` the last change that was not yet seen when the manifest was written.
 */
export const engineSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('postgres'),
    collection,
    index: v.picklist(['exact', 'hnsw', 'bits']),
  }),
  v.strictObject({
    kind: v.literal('vectorize'),
    collection,
    index: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
    dimensions: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1536)),
    texts: v.array(v.string()),
    numbers: v.array(v.string()),
    pending: v.exactOptional(v.pipe(v.string(), v.regex(/^\d{1,16}:.+$/))),
  }),
]);

export type EngineSpec = v.InferOutput<typeof engineSchema>;
export type VectorizeSpec = Extract<EngineSpec, { kind: 'vectorize' }>;
/** What a corpus is searched by; `isolate` is the exact scan of src/search, which a manifest without an engine means. */
export type EngineKind = 'isolate' | EngineSpec['kind'];

export function engineKindOf({ engine }: { readonly engine?: EngineSpec }): EngineKind {
  return engine?.kind ?? 'isolate';
}

/** Whether rows of one are rows of the other. */
export function isSameEngine(one: EngineSpec, other: EngineSpec | undefined): boolean {
  if (one.kind !== other?.kind || one.collection !== other.collection) return false;
  // A collection of one name may be in several indexes of Vectorize.
  return one.kind !== 'vectorize' || one.index === other.index;
}

/**
 * Candidates that one query of an engine brings at most; null: as many as a search asks for. For `postgres` what pgvector takes as
 * hnsw.ef_search, for `vectorize` the topK that it takes without metadata.
 */
export const ENGINE_TOP_K = {
  isolate: null,
  postgres: 1000,
  vectorize: 100,
} as const satisfies Record<EngineKind, number | null>;

/** 64 bits of a SHA-256: two of a million segments meet with a chance of 3e-8. */
const PREFIX_DIGITS = 16;
const ROW_ID = /^([0-9a-f]{16})-(\d{1,9})$/;

/** What names a segment in an engine: the first 16 digits of its hash. */
export function segmentPrefix({ id }: { readonly id: string }): string {
  return id.slice(0, PREFIX_DIGITS);
}

/**
 * What names a vector in an engine, at most 26 characters: its segment and its place there. Segments are immutable, so the same id
 * always has the same row, and writing it twice changes nothing.
 * @param index in the segment, from 0
 */
export function engineRowId(segment: { readonly id: string }, index: number): string {
  return `${segmentPrefix(segment)}-${index}`;
}

/** The parts of `engineRowId`; null for another text. */
export function parseEngineRowId(text: string): { readonly prefix: string; readonly index: number } | null {
  const [, prefix, index] = ROW_ID.exec(text) ?? [];
  return prefix === undefined ? null : { prefix, index: Number(index) };
}
