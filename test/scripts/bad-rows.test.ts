import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type Ran, type ScorePlace, createScorePlace } from './score-setup.ts';

const COUNT = 60;
const DIM = 8;
/** Rows that have no direction, whose image or text is at fault. */
const BAD = {
  3: ['image', 'NaN in column 2'],
  17: ['text', 'zeros alone'],
  41: ['image', '-Infinity (or a number that float32 cannot hold, beyond 3.4e38) in column 0'],
  59: ['text', 'Infinity (or a number that float32 cannot hold, beyond 3.4e38) in column 7'],
} as const;
const encoder = ['--encoder-id', 'test-encoder'];
const matrices = ['--image-embeddings', 'i.npy', '--text-embeddings', 't.npy'];

let place: ScorePlace;
beforeAll(() => {
  place = createScorePlace();
  const random = createRandom(9);
  const images = Float64Array.from({ length: COUNT * DIM }, () => random.nextGaussian());
  const texts = images.map((value) => value + 0.5 * random.nextGaussian());
  images[3 * DIM + 2] = NaN;
  texts.fill(0, 17 * DIM, 18 * DIM);
  images[41 * DIM] = -Infinity;
  // Finite, but beyond float32.
  texts[59 * DIM + 7] = 1e300;
  place.put('i.npy', encodeNpy(images, [COUNT, DIM]));
  place.put('t.npy', encodeNpy(texts, [COUNT, DIM]));
  place.put('made.bin', encodeSelection(buildSelection(3, { dim: DIM })));
});
afterAll(() => {
  rmSync(place.folder, { recursive: true });
});

const skipped = Object.entries(BAD).map(([row, [side, got]]) => ({
  where: `row ${row}`,
  reason: `the ${side} embedding has no direction: expected finite numbers, not all zero, got ${got}`,
}));

function expectStopped({ status, stdout, stderr }: Ran): void {
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/--strict: \d rows or pictures cannot be used\./);
  expect(stderr).toContain(`row 3: ${skipped[0].reason}`);
}

describe('a row without direction', () => {
  it('is skipped, counted and listed by compare, or stops it under --strict', () => {
    const args = [...matrices, '--strategies', 'variance', '--k', '4', '--folds', '2'];
    const { status, stdout, stderr } = place.run('compare', ...args);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ pairs: COUNT - 4, skipped: 4, skippedRows: skipped });
    expect(stderr).toContain('4 rows or pictures skipped; skippedRows lists them');
    for (const row of skipped) expect(stderr).toContain(`${row.where}: ${row.reason}`);
    expectStopped(place.run('compare', ...args, '--strict'));
  });

  it('is skipped, counted and listed by precompute, or stops it under --strict', () => {
    const args = [...matrices, ...encoder, '--strategies', 'variance', '--k', '4', '--fusion', 'identity'];
    const { status, stdout, stderr } = place.run('precompute', ...args, '--out', 'out');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ pairs: COUNT - 4, skipped: 4 });
    const report = JSON.parse(readFileSync(place.at('out/report.json'), 'utf8')) as {
      dataset: { skipped: unknown };
    };
    expect(report.dataset.skipped).toEqual(skipped);
    expectStopped(place.run('precompute', ...args, '--out', 'strict', '--strict'));
  });

  it('is an error in its row of the table of score, or stops it under --strict', () => {
    const args = [...matrices, ...encoder, '--selection', './made.bin'];
    const { status, stdout } = place.run('score', ...args, '--out', 'a.csv');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ pairs: COUNT, scored: COUNT - 4, failed: 4 });
    const failed = place.table('a.csv').flatMap(({ error }, row) => (error === '' ? [] : [[row, error]]));
    expect(failed.map(([row, reason]) => ({ where: `row ${row}`, reason }))).toEqual(skipped);
    expectStopped(place.run('score', ...args, '--out', 'b.csv', '--strict'));
  });
});
