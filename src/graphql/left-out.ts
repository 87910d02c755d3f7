import { type SelectionNode, valueFromASTUntyped } from 'graphql';

/**
 * Whether `@skip` or `@include` leaves it out: then it is neither paid for nor worked out.
 * @param variables with the defaults of the operation
 */
export function isLeftOut(
  { directives }: SelectionNode,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  if (!directives || directives.length === 0) return false;
  return directives.some(({ name, arguments: args = [] }) => {
    if (name.value !== 'skip' && name.value !== 'include') return false;
    const condition = args.find((argument) => argument.name.value === 'if');
    return condition && valueFromASTUntyped(condition.value, variables) === (name.value === 'skip');
  });
}
