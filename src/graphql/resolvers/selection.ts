import type { JsonObject } from '../../format/canonical-json.ts';
import { rowBytes, rowFormOf } from '../../format/row-forms.ts';
import { summaryOf } from '../../storage/record-summary.ts';
import type { SelectionPageResolvers, SelectionResolvers } from '../generated/resolvers.ts';
import { decisionThresholds } from '../../use-cases/decision-thresholds.ts';
import { fusionName } from '../../use-cases/align-captions.ts';
import { listFirst, namePage, readListed } from '../../use-cases/name-pages.ts';
import { ROW_ENCODINGS } from '../../use-cases/row-encoding.ts';
import type { RequestBudget } from '../../use-cases/limits.ts';
import type { QueryField } from './query-field.ts';

export const selection: QueryField<'selection'> = async (_root, { name }, { findSelection }) => {
  const found = await findSelection(name);
  return found && { ...found, summary: summaryOf(found.record) };
};

export const selections: QueryField<'selections'> = (_root, _args, { selections: listing, budget }) =>
  listFirst(listing, budget, { list: 'selections', page: 'selectionPage' });

export const selectionPage: QueryField<'selectionPage'> = (_root, args, { selections: listing }) =>
  namePage(args, listing);

export const SelectionPage: SelectionPageResolvers = {
  nodes: ({ names }, _args, { selections: listing, budget }) => readListed(names, listing, budget),
};

/** Characters of JSON that count as one number of the answer. */
const CHARACTERS_PER_NUMBER = 8;

/** The value, once its size is charged to the request: aliases would multiply it otherwise. */
function spendJson(value: JsonObject, budget: RequestBudget): JsonObject {
  budget.spend('answerNumbers', Math.ceil(JSON.stringify(value).length / CHARACTERS_PER_NUMBER));
  return value;
}

export const Selection: SelectionResolvers = {
  encoder: ({ summary }) => summary.encoder.id,
  encoderFingerprint: ({ summary }) => summary.encoder.fingerprint,
  strategy: ({ summary }) => summary.strategy,
  dim: ({ summary }) => summary.dim,
  k: ({ summary }) => summary.k,
  encoding: ({ summary }) => ROW_ENCODINGS[rowFormOf(summary.rowBits)],
  bytesPerVector: ({ summary }) => rowBytes(rowFormOf(summary.rowBits), summary.k),
  fusion: ({ summary }) => fusionName({ kind: summary.fusion }),
  centred: ({ summary }) => summary.centred,
  indices({ summary: { indices } }, _args, { budget }) {
    if (indices === null) return null;
    budget.spend('answerNumbers', indices.length);
    return Array.from(indices);
  },
  relevance({ summary: { relevance } }, _args, { budget }) {
    if (relevance === null) return null;
    budget.spend('answerNumbers', relevance.length);
    return Array.from(relevance);
  },
  metrics: ({ summary }, _args, { budget }) => spendJson(summary.metrics, budget),
  params: ({ summary }, _args, { budget }) => spendJson(summary.params, budget),
  seed: ({ summary }) => summary.seed,
  baseRate: ({ summary }) => summary.calibrator.baseRate,
  matchThreshold: ({ summary }) => summary.calibrator.matchThreshold,
  mismatchThreshold: ({ summary }) => summary.calibrator.mismatchThreshold,
  thresholds: ({ summary }, { baseRate }) => decisionThresholds(summary.calibrator, baseRate),
};
