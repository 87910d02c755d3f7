import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import { AppError } from '../../errors.ts';
import { explain as answer } from '../../use-cases/explain.ts';
import { orItemError } from '../errors.ts';
import type { ExplanationResolvers } from '../generated/resolvers.ts';
import type { QueryField } from './query-field.ts';

const OF_HEAT = ['method', 'rows', 'columns', 'heat', 'seen', 'overlay'];

export const explain: QueryField<'explain'> = (_root, args, context, info) =>
  orItemError(async () => {
    const asked = fieldsAsked(info);
    const wanted = { heat: OF_HEAT.some((name) => asked.has(name)) };
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

/** The names of the fields that are asked of what a field gives, those that `@skip` leaves out too. */
function fieldsAsked({ fieldNodes, fragments }: GraphQLResolveInfo): ReadonlySet<string> {
  const names = new Set<string>();
  const add = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) names.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) add(selection.selectionSet);
      else add(fragments[selection.name.value].selectionSet);
    }
  };
  for (const { selectionSet } of fieldNodes) if (selectionSet) add(selectionSet);
  return names;
}
