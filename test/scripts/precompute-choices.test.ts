import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { decodeSelection } from '../../src/format/selection-record.ts';
import { NPY, createWorkplace, readJson } from './precompute-setup.ts';

const place = createWorkplace();
afterAll(() => rmSync(place.folder, { recursive: true }));

it('takes under auto and --bytes the best of all that fit, stored so, and keeps the steps of its codes', () => {
  const { status, stdout, stderr } = place.run(
    ...NPY,
    '--out',
    'bytes',
    '--bytes',
    '8',
    '--fusion',
    'identity',
  );
  const { relevance } = readJson<{ relevance: { mask: readonly number[] } }>(
    place.folder,
    'bytes/report.json',
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const { choice, stored, rows } = readJson<{
    choice: { candidates: { strategy: string; stored: object; notEligible: string | null }[] };
    stored: { encoding: string; k: number; bytes: number; recallAt1: { mean: number } };
    rows: { strategy: string; encoding: string; bytes: number; recallFloatQuery?: object }[];
  }>(place.folder, 'bytes/report.json');
  const [best] = choice.candidates.filter(({ notEligible }) => notEligible === null);
  const { recallAt1, encoding, k, bytes } = stored;
  expect(best).toMatchObject({ stored: { encoding, k, bytes }, recallAt1 });
  // 4 coordinates of int8, 16 of int4, or the signs of all 24, in 8, 8 and 3 bytes.
  expect({ int8: [4, 8], int4: [16, 8], sign: [24, 3] }[encoding]).toEqual([k, bytes]);
  const measured = rows.filter((row) => row.recallFloatQuery !== undefined);
  expect(new Set(measured.map((row) => row.encoding))).toEqual(new Set(['int8', 'int4', 'sign']));
  expect(measured.every((row) => row.bytes <= 8)).toBe(true);
  expect(JSON.parse(stdout)).toMatchObject({ strategy: best.strategy, k, stored: { encoding, k, bytes } });
  // The mask of mutual information beside it is of as many coordinates, not of the default.
  expect(relevance.mask).toHaveLength(k);
  expect(stderr).toContain(
    `size: ${bytes} (${encoding}, mean recall@1 ${recallAt1.mean.toFixed(3)} stored so) bytes`,
  );
  const record = decodeSelection(readFileSync(join(place.folder, 'bytes/selection.bin')));
  expect(record.rows?.bits ?? 8).toBe({ int8: 8, int4: 4, sign: 1 }[encoding]);
  if (record.rows) expect([...record.rows.image].every((step) => step > 0)).toBe(true);
  for (const [words, ...flags] of [
    ['--k and --bytes both say how much is kept', '--bytes', '8', '--k', '8'],
    ['--encoding goes with --bytes', '--encoding', 'int4'],
    ['--bytes 4 holds no coordinate in int8: a row of one takes 5', '--bytes', '4', '--encoding', 'int8'],
  ]) {
    const refused = place.run(...NPY, '--out', 'none', ...flags);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining(words)]);
  }
});

it('says in the record, and in the report, that the calibrator is fitted on hard mismatches', () => {
  const flags = ['--k', '8', '--fusion', 'identity', '--strategies', 'cross-covariance'];
  const { status, stderr } = place.run(...NPY, ...flags, '--negative-kind', 'hard', '--out', 'hard');
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const { metrics } = decodeSelection(readFileSync(join(place.folder, 'hard/selection.bin')));
  expect(metrics).toMatchObject({ calibration: { negativeKind: 'hard' } });
  expect(readJson(place.folder, 'hard/report.json')).toMatchObject({ calibration: { negativeKind: 'hard' } });
  expect(readFileSync(join(place.folder, 'hard/report.html'), 'utf8')).toContain('each picture’s hardest');
});
