import { type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import { isLeftOut } from './left-out.ts';

/**
 * The names of the fields that are asked of what a field gives, at any depth, but those that `@skip` or `@include` leaves out.
 * @param fieldNodes the field, wherever the document asks it under one name
 * @param variables with the defaults of the operation
 */
export function askedFields(
  fieldNodes: readonly FieldNode[],
  fragmentOf: (name: string) => FragmentDefinitionNode | undefined,
  variables: Readonly<Record<string, unknown>>,
): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      if (isLeftOut(selection, variables)) continue;
      if (selection.kind === Kind.FIELD) {
        names.add(selection.name.value);
        add(selection.selectionSet);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) add(selection.selectionSet);
      else add(fragmentOf(selection.name.value)?.selectionSet);
    }
  };
  for (const { selectionSet } of fieldNodes) add(selectionSet);
  return names;
}
