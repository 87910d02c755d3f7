import { expect, it } from 'vitest';
import { openMatrix } from '../../scripts/corpus/read-vectors.ts';
import { tellSkipped } from '../../scripts/dataset/skipped-rows.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { unitRows } from '../search/made-corpus.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { put } = temporaryFolder();
const DIM = 4;
/** More than one window. */
const COUNT = 9000;
const reason = (got: string): string =>
  `the text embedding has no direction: expected finite numbers, not all zero, got ${got}`;

it('leaves out rows without direction and lists them; the others keep their numbers and their vectors', async () => {
  const sound = unitRows(COUNT, DIM, 8);
  const given = sound.slice();
  given[1 * DIM + 3] = NaN;
  given.fill(0, 8500 * DIM, 8501 * DIM);
  given[8999 * DIM] = Infinity;
  const path = put('bad.npy', encodeNpy(given, [COUNT, DIM]));
  const itemsOf = (count: number): Promise<{ id: string; metadata: null }[]> =>
    Promise.resolve(Array.from({ length: count }, (_, i) => ({ id: String(i), metadata: null })));
  const { vectors, skipped } = await openMatrix({ modality: 'text', path }, DIM, itemsOf);
  expect(skipped).toEqual([
    { where: 'bad.npy row 1', reason: reason('NaN in column 3') },
    { where: 'bad.npy row 8500', reason: reason('zeros alone') },
    {
      where: 'bad.npy row 8999',
      reason: reason('Infinity (or a number that float32 cannot hold, beyond 3.4e38) in column 0'),
    },
  ]);
  const rows: number[] = [];
  for await (const window of vectors.windows()) rows.push(...window);
  expect(rows).toHaveLength((COUNT - 3) * DIM);
  expect(vectors.items).toHaveLength(COUNT - 3);
  for (const at of [0, 1, 8190, 8191, 8498, 8499, COUNT - 4]) {
    const row = Number(vectors.items[at].id);
    rows
      .slice(at * DIM, (at + 1) * DIM)
      .forEach((value, d) => expect(value).toBeCloseTo(sound[row * DIM + d], 6));
  }
  expect(vectors.items.map(({ id }) => id)).not.toContain('8500');
  const tell = (): void => undefined;
  expect(() => tellSkipped(skipped, { strict: true, tell, listedIn: 'skippedRows' })).toThrow(
    /--strict: 3 rows or pictures cannot be used\.\n {2}bad\.npy row 1: the text embedding/,
  );
});
