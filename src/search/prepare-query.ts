import { projectEmbedding } from '../core/scoring/scoring.ts';
import { type CodeQuery, codesQuery } from '../core/search/code-query.ts';
import { leastScore } from '../core/search/least-score.ts';
import { type ScanQuery, quantizeQuery } from '../core/search/scan-query.ts';
import { type CodedQuery, type VectorCoding, codeQuery } from '../core/search/vector-coding.ts';
import { type ScoreDirection, queryVector, scoreDirection } from '../core/search/score-direction.ts';
import { type CorpusSearch, ranksByCosine } from './corpus-search.ts';
import { manifestCodes, manifestCoding } from './manifest-coding.ts';

/** A query in the forms that scanning and rescoring take, each made when it is first needed. */
export interface PreparedQuery {
  /** What an engine takes the inner product with, length k. */
  readonly vector: Float64Array;
  /** For the selection's coordinates. */
  readonly compact: ScanQuery;
  /** As `compact`, for rows of codes; null where rows are int8. */
  readonly codes: CodeQuery | null;
  /** For rows of full vectors: their cosine without the constant, which is added to the results. */
  readonly cosine: CodedQuery;
  readonly cosineScan: ScanQuery;
  /** For rows of full vectors: the selection's score. */
  readonly direction: ScoreDirection;
  readonly directionScan: ScanQuery;
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
  const coding = lazily(() => manifestCoding(manifest));
  const direction = lazily(() => codeDirection(coding(), scoreDirection(model, manifest.modality, query)));
  const compact = lazily(() => quantizeQuery(query));
  const codes = manifestCodes(manifest);
  const cosine = lazily(() => codeQuery(coding(), embedding));
  const cosineScan = lazily(() => quantizeQuery(cosine().vector));
  const directionScan = lazily(() => quantizeQuery(direction().direction));
  return {
    vector: query,
    get compact() {
      return compact();
    },
    codes: codes === null ? null : codesQuery(query, codes),
    get cosine() {
      return cosine();
    },
    get cosineScan() {
      return cosineScan();
    },
    get direction() {
      return direction();
    },
    get directionScan() {
      return directionScan();
    },
    bias: model.fusion.kind === 'weighted' ? model.fusion.bias : 0,
    isCosineScore: model.fusion.kind !== 'weighted',
    ranksByCosine: ranksByCosine(model),
    leastScore: minProbability === null ? -Infinity : leastScore(model.calibrator, minProbability, baseRate),
  };
}

/** The direction for rows of the coding: what the mean adds to every product is taken off with the offset. */
function codeDirection(coding: VectorCoding, { direction, offset, ...rest }: ScoreDirection): ScoreDirection {
  const { vector, constant } = codeQuery(coding, direction);
  return { ...rest, direction: vector, offset: offset - constant };
}

function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
