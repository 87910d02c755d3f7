import { AppError } from '../../errors.ts';
import { type DearPart, explain as answer } from '../../use-cases/explain.ts';
import { askedFields } from '../asked-fields.ts';
import { orItemError } from '../errors.ts';
import type { ExplanationResolvers } from '../generated/resolvers.ts';
import type { QueryField } from './query-field.ts';

/** What a field needs to have worked out. */
const NEEDS: Readonly<Record<string, DearPart | undefined>> = {
  method: 'heat',
  rows: 'heat',
  columns: 'heat',
  heat: 'heat',
  seen: 'heat',
  overlay: 'overlay',
  tokens: 'tokens',
  truncated: 'truncation',
  truncationKnown: 'truncation',
  words: 'meanings',
  examples: 'meanings',
};

export const explain: QueryField<'explain'> = (_root, args, context, info) =>
  orItemError(async () => {
    const { fieldNodes, fragments, variableValues } = info;
    const asked = askedFields(fieldNodes, (name) => fragments[name], variableValues);
    const needs = Array.from(asked, (name) => NEEDS[name]);
    const wanted = new Set(needs.filter((part) => part !== undefined));
    return { __typename: 'Explanation' as const, ...(await answer(args, context, wanted)) };
  });

export const Explanation: ExplanationResolvers = {
  contributions({ contributions }, { first }, { budget }) {
    if (first < 0) throw new AppError('BAD_INPUT', `Expected first of at least 0, got ${first}.`);
    const shown = contributions.slice(0, first);
    budget.spend('answerNumbers', 2 * shown.length);
    return shown;
  },
};
