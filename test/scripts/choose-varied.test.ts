import { expect, it } from 'vitest';
import { chooseByKind } from '../../playground/plugins/choose-varied.ts';

it('shows kinds of sample pictures by turns, the opening one first, varied within each', () => {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    id: i,
    kind: i < 50 ? 'drawing' : 'photograph',
    group: `${i % 3}`,
  }));
  const choose = (count: number, first = rows.slice(55, 56)): typeof rows => [
    ...chooseByKind(
      { first, others: rows.filter((row) => !first.includes(row)) },
      { kindOf: ({ kind }) => kind, groupOf: ({ group }) => group },
      count,
    ),
  ];
  const chosen = choose(12);
  expect(chosen.map(({ kind }) => kind)).toEqual(
    chosen.map((_, i) => (i % 2 === 0 ? 'photograph' : 'drawing')),
  );
  expect(chosen).toHaveLength(12);
  expect(chosen[0].id).toBe(55);
  expect(new Set(chosen).size).toBe(12);
  expect(new Set(chosen.filter((_, i) => i % 2 === 1).map(({ group }) => group)).size).toBe(3);
  // Ten photographs only: drawings fill the rest.
  const more = choose(30);
  expect(more).toHaveLength(30);
  expect(more.filter(({ kind }) => kind === 'photograph')).toHaveLength(10);
  expect(choose(4, []).map(({ kind }) => kind)).toEqual(['drawing', 'photograph', 'drawing', 'photograph']);
});
