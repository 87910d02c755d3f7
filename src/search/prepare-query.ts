import { projectEmbedding } from '../core/scoring.ts';
import { leastScore } from '../core/search/least-score.ts';
import { type ScanQuery, quantizeQuery } from '../core/search/scan-query.ts';
import { type ScoreDirection, queryVector, scoreDirection } from '../core/search/score-direction.ts';
import { type CorpusSearch, ranksByCosine } from './corpus-search.ts';

/** A query in the forms that scanning and rescoring take, each made when it is first needed. */
export interface PreparedQuery {
  /** For the selection's coordinates. */
  readonly compact: ScanQuery;
  /** For full vectors: their cosine. */
  readonly cosine: ScanQuery;
  /** For full vectors: the selection's score. */
  readonly direction: ScoreDirection;
  readonly directionQuery: ScanQuery;
  /** What is added to a compact score: the bias of a weighted fusion. */
  readonly bias: number;
  readonly isCosineScore: boolean;
  readonly ranksByCosine: boolean;
  /** Lower scores are too improbable; -Infinity lets all pass. */
  readonly leastScore: number;
}

export function prepareQuery(search: CorpusSearch): PreparedQuery {
  const { manifest, model, embedding, modality, minProbability, baseRate } = search;
  const query = queryVector(model, projectEmbedding(model, modality, embedding));
  const direction = lazily(() => scoreDirection(model, manifest.modality, query));
  const compact = lazily(() => quantizeQuery(query));
  const cosine = lazily(() => quantizeQuery(embedding));
  const directionQuery = lazily(() => quantizeQuery(direction().direction));
  return {
    get compact() {
      return compact();
    },
    get cosine() {
      return cosine();
    },
    get direction() {
      return direction();
    },
    get directionQuery() {
      return directionQuery();
    },
    bias: model.fusion.kind === 'weighted' ? model.fusion.bias : 0,
    isCosineScore: model.fusion.kind !== 'weighted',
    ranksByCosine: ranksByCosine(model),
    leastScore: minProbability === null ? -Infinity : leastScore(model.calibrator, minProbability, baseRate),
  };
}

function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
