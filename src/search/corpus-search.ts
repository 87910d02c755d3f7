import type { FieldFilter } from '../core/search/field-filter.ts';
import type { Modality, SelectionModel } from '../core/scoring/selection-model.ts';
import type { CorpusManifest, CorpusSegment } from '../format/corpus-manifest.ts';

/** One question to a corpus, checked. */
export interface CorpusSearch {
  readonly manifest: CorpusManifest;
  /** Of the record that the manifest names. */
  readonly model: SelectionModel;
  /** Unit vector of the query, length dim. */
  readonly embedding: Float32Array;
  /** Of the query. */
  readonly modality: Modality;
  /** In (0, 1); undefined is the calibrated one. */
  readonly baseRate: number | undefined;
  /** Only vectors of at least this probability; null: all. */
  readonly minProbability: number | null;
  readonly filters: readonly FieldFilter[];
  /** How many results are wanted, from the best on. */
  readonly depth: number;
  /** How many of the best compact scores are rescored by full vectors. Nothing under plan `full`. */
  readonly rerank: number;
}

/** A vector that was found. `cosine`: null where only compact coordinates were looked at. */
export interface CorpusHit {
  /** Place in the corpus, from 0. */
  readonly position: number;
  readonly segment: CorpusSegment;
  /** Place in the segment. */
  readonly index: number;
  readonly score: number;
  readonly probability: number;
  readonly cosine: number | null;
}

/** Best first; ties by position. */
export interface CorpusHits {
  readonly hits: readonly CorpusHit[];
  /** Of what decides the order, over the corpus; null where only a scan could tell. */
  readonly average: number | null;
  /** Whether every segment was scanned, or the engine sees all rows. */
  readonly isComplete: boolean;
  /** As `Candidates` of candidates.ts tells them. */
  readonly scanned: number;
  readonly isCounted: boolean;
  /** Hits and candidates that were rescored by full vectors. */
  readonly reranked: number;
}

/**
 * What decides the order of vectors whose full coordinates are at hand. A learned fusion was published because it ranks better
 * than the plain cosine; without one, dropping coordinates can only lose, so the cosine over all of them decides.
 */
export function ranksByCosine({ fusion }: SelectionModel): boolean {
  return fusion.kind === 'identity';
}
