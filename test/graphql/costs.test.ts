import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { costMarkdown } from '../../scripts/schema/cost-markdown.ts';
import { costTableOf } from '../../scripts/schema/cost-table.ts';
import { COSTS } from '../../src/graphql/generated/costs.ts';

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

function withoutSpace(line: string): string {
  return line.replaceAll(/\s/g, '');
}
