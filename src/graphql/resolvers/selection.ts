import type { JsonObject } from '../../format/canonical-json.ts';
import { rowBytes, rowFormOf } from '../../format/row-forms.ts';
import type { SelectionResolvers } from '../generated/resolvers.ts';
import { decisionThresholds } from '../../use-cases/decision-thresholds.ts';
import { fusionName } from '../../use-cases/align-captions.ts';
import { ROW_ENCODINGS } from '../../use-cases/row-encoding.ts';
import type { RequestBudget } from '../../use-cases/limits.ts';
import type { QueryField } from './query-field.ts';

export const selection: QueryField<'selection'> = (_root, { name }, { findSelection }) => findSelection(name);

export const selections: QueryField<'selections'> = (_root, _args, { listSelections }) => listSelections();

/** Characters of JSON that count as one number of the answer. */
const CHARACTERS_PER_NUMBER = 8;

/** The value, once its size is charged to the request: aliases would multiply it otherwise. */
function spendJson(value: JsonObject, budget: RequestBudget): JsonObject {
  budget.spend('answerNumbers', Math.ceil(JSON.stringify(value).length / CHARACTERS_PER_NUMBER));
  return value;
}

export const Selection: SelectionResolvers = {
  encoder: ({ record }) => record.encoder.id,
  encoderFingerprint: ({ record }) => record.encoder.fingerprint,
  strategy: ({ record }) => record.strategy,
  dim: ({ record }) => record.model.dim,
  k: ({ record }) => record.model.k,
  encoding: ({ record }) => ROW_ENCODINGS[rowFormOf(record.rows?.bits)],
  bytesPerVector: ({ record }) => rowBytes(rowFormOf(record.rows?.bits), record.model.k),
  fusion: ({ record }) => fusionName(record.model.fusion),
  centred: ({ record }) => record.model.imageMean !== null,
  indices({ record: { model } }, _args, { budget }) {
    if (model.projection.kind !== 'mask') return null;
    budget.spend('answerNumbers', model.k);
    return Array.from(model.projection.indices);
  },
  relevance({ record }, _args, { budget }) {
    if (record.relevance === null) return null;
    budget.spend('answerNumbers', record.relevance.length);
    return Array.from(record.relevance);
  },
  metrics: ({ record }, _args, { budget }) => spendJson(record.metrics, budget),
  params: ({ record }, _args, { budget }) => spendJson(record.params, budget),
  seed: ({ record }) => record.seed,
  baseRate: ({ record }) => record.model.calibrator.baseRate,
  matchThreshold: ({ record }) => record.model.calibrator.matchThreshold,
  mismatchThreshold: ({ record }) => record.model.calibrator.mismatchThreshold,
  thresholds: ({ record }, { baseRate }) => decisionThresholds(record.model.calibrator, baseRate),
};
