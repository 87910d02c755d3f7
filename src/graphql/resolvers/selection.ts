import type { SelectionPageResolvers, SelectionResolvers } from '../generated/resolvers.ts';
import { listFirst, namePage, readListed } from '../../use-cases/name-pages.ts';
import { selectionFacts } from '../../use-cases/selection-facts.ts';
import type { QueryField } from './query-field.ts';

export const selection: QueryField<'selection'> = async (_root, { name }, { findSelection, budget }) => {
  const found = await findSelection(name);
  return found && selectionFacts(found, budget);
};

export const selections: QueryField<'selections'> = async (_root, _args, { selections: listing, budget }) =>
  (await listFirst(listing, budget, { list: 'selections', page: 'selectionPage' })).map((each) =>
    selectionFacts(each, budget),
  );

export const selectionPage: QueryField<'selectionPage'> = (_root, args, { selections: listing }) =>
  namePage(args, listing);

export const SelectionPage: SelectionPageResolvers = {
  nodes: async ({ names }, _args, { selections: listing, budget }) =>
    (await readListed(names, listing, budget)).map((each) => selectionFacts(each, budget)),
};

export const Selection: SelectionResolvers = {
  thresholds: ({ thresholdsAt }, { baseRate }) => thresholdsAt(baseRate),
};
