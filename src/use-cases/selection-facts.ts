import type { JsonObject } from '../format/canonical-json.ts';
import { rowBytes, rowFormOf } from '../format/row-forms.ts';
import { summaryOf } from '../storage/record-summary.ts';
import type { ListedSelection, PublishedSelection } from '../storage/selection-store.ts';
import { type FusionName, fusionName } from './align-captions.ts';
import { type DecisionThresholds, decisionThresholds } from './decision-thresholds.ts';
import type { RequestBudget } from './limits.ts';
import { type RowEncoding, ROW_ENCODINGS } from './row-encoding.ts';

/** As `Selection` of schema.graphql. What is large is charged to the request whenever it is read, which throws AppError LIMIT_EXCEEDED. */
export interface SelectionFacts extends Pick<ListedSelection, 'id' | 'name' | 'createdAt' | 'publishedAt'> {
  readonly encoder: string;
  readonly encoderFingerprint: string;
  readonly strategy: string;
  readonly dim: number;
  readonly k: number;
  readonly encoding: RowEncoding;
  readonly bytesPerVector: number;
  readonly fusion: FusionName;
  readonly centred: boolean;
  readonly indices: readonly number[] | null;
  readonly relevance: readonly number[] | null;
  readonly metrics: JsonObject;
  readonly params: JsonObject;
  readonly seed: number;
  readonly baseRate: number;
  readonly matchThreshold: number;
  readonly mismatchThreshold: number;
  /** At the calibrated base rate; `thresholdsOf` has those at others. */
  readonly thresholds: DecisionThresholds;
  readonly thresholdsAt: (baseRate: number | null | undefined) => DecisionThresholds;
}

/** Characters of JSON that count as one number of the answer. */
const CHARACTERS_PER_NUMBER = 8;

/** What is told of a selection. @param budget of the request that it is told in */
export function selectionFacts(
  { id, name, createdAt, publishedAt, ...found }: ListedSelection | PublishedSelection,
  budget: RequestBudget,
): SelectionFacts {
  const summary = 'summary' in found ? found.summary : summaryOf(found.record);
  const { encoder, strategy, dim, k, centred, seed, calibrator, indices, relevance } = summary;
  const form = rowFormOf(summary.rowBits);
  const numbers = (list: Uint32Array | Float32Array | null): number[] | null => {
    if (list !== null) budget.spend('answerNumbers', list.length);
    return list && Array.from(list);
  };
  // Aliases would multiply it otherwise.
  const json = (value: JsonObject): JsonObject => {
    budget.spend('answerNumbers', Math.ceil(JSON.stringify(value).length / CHARACTERS_PER_NUMBER));
    return value;
  };
  const { baseRate, matchThreshold, mismatchThreshold } = calibrator;
  return {
    id,
    name,
    encoder: encoder.id,
    encoderFingerprint: encoder.fingerprint,
    strategy,
    dim,
    k,
    encoding: ROW_ENCODINGS[form],
    bytesPerVector: rowBytes(form, k),
    fusion: fusionName({ kind: summary.fusion }),
    centred,
    get indices() {
      return numbers(indices);
    },
    get relevance() {
      return numbers(relevance);
    },
    get metrics() {
      return json(summary.metrics);
    },
    get params() {
      return json(summary.params);
    },
    seed,
    baseRate,
    matchThreshold,
    mismatchThreshold,
    get thresholds() {
      return decisionThresholds(calibrator, null);
    },
    thresholdsAt: (asked) => decisionThresholds(calibrator, asked),
    createdAt,
    publishedAt,
  };
}
