import { readFileSync } from 'node:fs';
import { Kind, buildSchema, getNamedType, getOperationAST, isObjectType, isUnionType, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { costMarkdown } from '../../scripts/schema/cost-markdown.ts';
import { costTableOf } from '../../scripts/schema/cost-table.ts';
import { type OperationCost, operationCost } from '../../src/graphql/cost/operation-cost.ts';
import { COSTS } from '../../src/graphql/generated/costs.ts';
import { LIMITS } from '../../src/use-cases/limits.ts';

const sdl = readFileSync('schema.graphql', 'utf8');

describe('what schema.graphql declares to cost', () => {
  it('is what the Worker sums, and what docs/limits.md shows', () => {
    const table = costTableOf(sdl);
    expect(COSTS).toEqual(table);
    const lines = readFileSync('docs/limits.md', 'utf8').split('\n').map(withoutSpace);
    const told = costMarkdown(table)
      .split('\n')
      .filter((line) => line.includes('`'));
    expect(told.filter((line) => !lines.includes(withoutSpace(line)))).toEqual([]);
    expect(lines.filter((line) => line.startsWith('|`'))).toHaveLength(told.length);
  });

  it('is declared by every field, with arguments that there are', () => {
    const without = sdl.replace('fingerprint: String! @cost', 'fingerprint: String!');
    expect(() => costTableOf(without)).toThrow('expected a @cost, got none');
    expect(() => costTableOf(sdl.replace('times: ["images", "texts"]', 'times: ["pictures"]'))).toThrow(
      'Query.alignMatrix: it has no argument pictures',
    );
    expect(() => costTableOf(sdl.replace('@cost(weight: "0.6")', '@cost(weight: "-1")'))).toThrow(
      'expected a weight of at least 0, got "-1"',
    );
  });

  it('names, for what an argument costs if asked, only fields that what the field gives has', () => {
    const schema = buildSchema(sdl);
    const named = Object.entries(COSTS.types.Query ?? {}).flatMap(([field, declared]) =>
      Object.values(declared?.args ?? {}).flatMap((costs) =>
        costs.flatMap(({ ifAsked = [] }) => ifAsked.map((name) => [field, name] as const)),
      ),
    );
    expect(named).not.toEqual([]);
    for (const [field, name] of named) {
      const given = getNamedType(schema.getQueryType()?.getFields()[field].type);
      const types = isUnionType(given) ? given.getTypes() : isObjectType(given) ? [given] : [];
      expect(
        types.some((type) => name in type.getFields()),
        `${field}: ${name}`,
      ).toBe(true);
    }
  });

  it('names list sizes only of fields that the type has', () => {
    const schema = buildSchema(sdl);
    for (const fields of Object.values(COSTS.types)) {
      for (const [name, declared] of Object.entries(fields ?? {})) {
        for (const sized of declared?.listSize?.sizedFields ?? []) {
          const holders = Object.values(schema.getTypeMap()).filter(
            (type) => 'getFields' in type && sized in type.getFields(),
          );
          expect(holders.length, `${name}: ${sized}`).toBeGreaterThan(0);
        }
      }
    }
  });
});

const schema = buildSchema(sdl);

describe('what lists without pages cost', () => {
  const costOf = (query: string): number => {
    const document = parse(query);
    const operation = getOperationAST(document);
    if (!operation) throw new Error('no operation');
    return operationCost(schema, document, operation, {}).cost;
  };

  it.each([
    ['selections', 'selectionPage', 'name metrics params'],
    ['corpora', 'corpusPage', 'name searchError { code }'],
  ])('is what a page of as many costs: %s', (list, page, fields) => {
    const first = LIMITS.unpaged;
    const ofPage = costOf(`{ ${page}(first: ${first}) { nodes { ${fields} } } }`);
    // The page itself is one more field.
    expect(Math.abs(ofPage - costOf(`{ ${list} { ${fields} } }`))).toBeLessThan(0.2);
  });
});

describe('what an explanation costs', () => {
  const costOf = (
    args: string,
    selected: string,
    variables: Readonly<Record<string, unknown>> = {},
  ): number => {
    const query = `query ($why: Boolean = false) { explain(image: {url: "https://a.example/b.png"}, text: {text: "a"}${args}) { ... on Explanation { ${selected} } } }
      fragment Regions on Explanation { heat }`;
    const document = parse(query);
    const operation = getOperationAST(document);
    if (!operation) throw new Error('no operation');
    return Math.round(operationCost(schema, document, operation, variables).cost);
  };
  const PLAIN = costOf(', method: NONE', 'score');

  it.each([
    ['contributions', 'score contributions { value words }'],
    ['words', 'score truncated'],
    ['regions that are skipped', 'score heat @skip(if: true)'],
    ['regions that a variable leaves out', 'score ... @include(if: $why) { overlay }'],
  ])('has no price for regions where none are asked for: %s', (_, selected) => {
    expect(costOf('', selected)).toBe(PLAIN);
    expect(costOf(', method: OCCLUSION', selected)).toBe(PLAIN);
  });

  it.each([
    'method',
    'rows',
    'columns',
    'heat',
    'seen',
    '...Regions',
    'r: heat',
    '... @include(if: $why) { heat }',
  ])('has the price of the method where %s is asked for', (selected) => {
    expect(costOf('', `score ${selected}`, { why: true })).toBe(PLAIN + 1_700);
    expect(costOf(', method: SHARES', `score ${selected}`, { why: true })).toBe(PLAIN + 80);
    expect(costOf(', method: NONE', `score ${selected}`, { why: true })).toBe(PLAIN);
  });
});

describe('what variables cost that are not given', () => {
  const operation = (name: string, use: string, value: string): OperationCost => {
    const document = parse(
      `query ($${name}: [String!]${value}) { ${use.replaceAll('VARIABLE', `$${name}`)} }`,
    );
    const definition = getOperationAST(document);
    if (!definition) throw new Error('no operation');
    return operationCost(schema, document, definition, {});
  };
  const texts = JSON.stringify(Array.from({ length: 100 }, (_, i) => `text ${i}`));

  it.each(['constructor', 'toString', 'valueOf', '__proto__'])(
    'is the same whatever they are called: %s',
    (name) => {
      const ofTexts = 'embedTexts(texts: VARIABLE) { __typename }';
      const expected = operation('texts', ofTexts, ` = ${texts}`);
      expect(expected.textPasses).toBeGreaterThan(100 * 50_000);
      expect(operation(name, ofTexts, ` = ${texts}`)).toEqual(expected);
      // Where another one has a default, what is neither given nor has one is still not there.
      const both = (variable: string): OperationCost =>
        operation(
          variable,
          'classify(image: {url: "https://a.example"}, labels: $labels, templates: VARIABLE) { __typename }',
          `, $labels: [String!]! = ${texts}`,
        );
      expect(both(name)).toEqual(both('templates'));
    },
  );
});

it('reads a fragment for its price once a document, however often operations spread it', () => {
  const names = Array.from({ length: 100 }, (_, i) => `A${i}`);
  const spread = 'search(corpus: "c", text: {text: "a"}, first: 2) { ...F ...F edges { ...E ...E } }';
  const document = parse(
    `${names.map((name) => `query ${name}($yes: Boolean!) { ${spread} }`).join(' ')}
      fragment F on SearchConnection { edges { ...E } }
      fragment E on SearchEdge { cursor @include(if: $yes) }`,
  );
  let reads = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const { selections } = definition.selectionSet;
    Object.defineProperty(definition.selectionSet, 'selections', { get: () => (reads++, selections) });
  }
  const costOf = (name: string, yes: boolean): number => {
    const operation = getOperationAST(document, name);
    if (!operation) throw new Error('no operation');
    return operationCost(schema, document, operation, { yes }).cost;
  };
  const costs = names.map((name) => costOf(name, true));
  expect(reads).toBe(2);
  // Four spreads of what two results have each.
  const cursor = COSTS.types.SearchEdge?.cursor?.costs[0].weight ?? COSTS.field;
  for (const [i, name] of names.entries())
    expect(costs[i] - costOf(name, false)).toBeCloseTo(4 * 2 * cursor, 9);
});

function withoutSpace(line: string): string {
  return line.replaceAll(/\s/g, '');
}
