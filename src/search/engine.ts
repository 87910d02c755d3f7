import type { FieldFilter } from '../core/search/field-filter.ts';

/** A vector as an engine keeps it. */
export interface EngineRow {
  /** `engineRowId` of src/format/corpus-engine.ts. */
  readonly id: string;
  /**
   * What the selection keeps of the vector, length k: of unit length, but for a weighted fusion, where the lengths count. The inner product with
   * `EngineQuery.vector` is the score, without the bias of a weighted fusion.
   */
  readonly vector: Float32Array;
  /** The fields that filters know, as text; one that the item does not have is missing. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Plain data: it may cross from Worker to Worker. */
export interface EngineQuery {
  /** Length k, from `queryVector`. */
  readonly vector: Float32Array;
  /** At most `ENGINE_TOP_K` of the engine. */
  readonly topK: number;
  /** All must hold, with the meaning that `allowedVectors` gives them. */
  readonly filters: readonly FieldFilter[];
  /** `segmentPrefix` of those that the read manifest names: rows of others may be left out, and are dropped where they are not. */
  readonly segments: readonly string[];
  /** Of those whose rows may still be there although the manifest names them no more. */
  readonly retired: readonly string[];
}

export interface EngineCandidate {
  readonly id: string;
  /** The inner product, as exact as the engine keeps it. */
  readonly score: number;
}

export interface EngineAnswer {
  /** Best first. */
  readonly candidates: readonly EngineCandidate[];
  /** False while rows that were written are not visible yet. */
  readonly isComplete: boolean;
  /** False where some may not meet the filters: whoever asked looks again. */
  readonly isFiltered?: false;
}

/** What an engine tells of the rows of a corpus. */
export interface EngineDescription {
  /** Rows of all segments, those of earlier manifests too. */
  readonly count: number;
  /** Null where there is none yet. */
  readonly dim: number | null;
  /** Bytes on its disk, indexes included; null where it does not tell. */
  readonly bytes: number | null;
}

/** A change that may become visible later; null: it is visible. */
export type Mutation = string | null;

/** The part that a search needs. @throws AppError STORAGE_FAILED when the engine does not answer */
export interface EngineReader {
  query(query: EngineQuery): Promise<EngineAnswer>;
}

/**
 * An index of the vectors of one corpus that stands outside the isolate. It finds candidates, and nothing else: scores, probabilities and decisions
 * are worked out from the full vectors in KV, whatever found them. All methods throw AppError STORAGE_FAILED when the engine does not answer.
 */
export interface VectorEngine extends EngineReader {
  /** How many rows `held` and `upsert` are best given at once; a thousand where it does not say. */
  readonly batchRows?: number;
  /** Makes ready for rows of `dim` numbers. Run before the first `upsert`, and again without harm. */
  prepare(dim: number): Promise<void>;
  /** Rows whose ids are there take their places. */
  upsert(rows: readonly EngineRow[]): Promise<Mutation>;
  /** Ids that are not there do no harm. */
  delete(ids: readonly string[]): Promise<Mutation>;
  /** Which of the ids are there: what an earlier run, perhaps killed, has written. */
  held(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Told once all rows of a segment are written, by its `segmentPrefix`: an engine may use it to know whether it is complete. */
  seal?(segment: string): Promise<void>;
  /** Told once all rows of a run are written: the time to build an index over them. */
  build?(): Promise<void>;
  /**
   * A change of nothing, which is seen once all that was sent before it is. Only of engines that show changes later: what `held` tells is
   * true of what is seen, and rows may be there that are about to leave.
   */
  mark?(): Promise<Mutation>;
  /** Whether a query sees it. */
  isVisible(mutation: string): Promise<boolean>;
  describe(): Promise<EngineDescription>;
  /** Removes all rows of the corpus. */
  drop(): Promise<void>;
}
