import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import { isLeftOut } from './left-out.ts';

/** The names of the fields that are asked of what a field gives, at any depth, but those that `@skip` or `@include` leaves out. */
export function askedFields({
  fieldNodes,
  fragments,
  variableValues,
}: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'variableValues'>): ReadonlySet<string> {
  const names = new Set<string>();
  const add = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (isLeftOut(selection, variableValues)) continue;
      if (selection.kind === Kind.FIELD) {
        names.add(selection.name.value);
        if (selection.selectionSet) add(selection.selectionSet);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) add(selection.selectionSet);
      else add(fragments[selection.name.value].selectionSet);
    }
  };
  for (const { selectionSet } of fieldNodes) if (selectionSet) add(selectionSet);
  return names;
}
