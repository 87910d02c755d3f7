import { type FieldNode, type FragmentDefinitionNode, Kind, parse } from 'graphql';
import { expect, it } from 'vitest';
import { askedFields } from '../../src/graphql/asked-fields.ts';

function asked(query: string, variableValues: Record<string, unknown> = {}): string[] {
  const fieldNodes: FieldNode[] = [];
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of parse(query).definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    fieldNodes.push(...definition.selectionSet.selections.filter((node) => node.kind === Kind.FIELD));
  }
  return [...askedFields(fieldNodes, (name) => fragments.get(name), variableValues)];
}

it('finds fields at any depth and in fragments', () => {
  const query = '{ a { b { c } ... on T { d } ...F } } fragment F on T { e { f } }';
  expect(asked(query)).toEqual(['b', 'c', 'd', 'e', 'f']);
});

// They are not paid for either.
it.each([
  ['a field', '{ a { b c @skip(if: true) { d } } }'],
  ['a field by @include', '{ a { b c @include(if: false) } }'],
  ['a field by a variable', 'query ($no: Boolean!) { a { b c @include(if: $no) } }'],
  ['an inline fragment', '{ a { b ... @skip(if: true) { c } } }'],
  ['a fragment', '{ a { b ...F @skip(if: true) } } fragment F on T { c }'],
])('leaves out what is left out: %s', (_, query) => {
  expect(asked(query, { no: false })).toEqual(['b']);
});

it('keeps what is not left out', () => {
  expect(
    asked('query ($yes: Boolean!) { a { b @include(if: $yes) c @skip(if: false) } }', { yes: true }),
  ).toEqual(['b', 'c']);
});
