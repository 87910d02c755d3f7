import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { comparePixels, type DecodedPicture, type Outcome } from '../../bench/pictures/compare-pixels.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';
const hasPillow = spawnSync(PYTHON, ['-c', 'import PIL']).status === 0;
const run = promisify(execFile);

const picture = (...data: number[]): DecodedPicture => ({
  width: data.length / 3,
  height: 1,
  data: Uint8Array.from(data),
});

describe('comparing pixels', () => {
  it.each<[Outcome, DecodedPicture | string, DecodedPicture | string]>([
    ['equal', picture(1, 2, 3), picture(1, 2, 3)],
    ['within 1', picture(1, 2, 3), picture(2, 2, 2)],
    ['within 2', picture(1, 2, 3), picture(3, 2, 2)],
    ['different', picture(1, 2, 3), picture(1, 2, 6)],
    ['different', picture(1, 2, 3), picture(1, 2, 3, 1, 2, 3)],
    ['refused by both', 'damaged', 'OSError'],
    ['refused by us only', 'damaged', picture(1, 2, 3)],
    ['refused by Pillow only', picture(1, 2, 3), 'OSError'],
  ])('calls it %s', (outcome, ours, theirs) => {
    expect(comparePixels(ours, theirs).outcome).toBe(outcome);
  });

  it('tells how far samples are apart', () => {
    expect(comparePixels(picture(10, 0, 0, 0), picture(0, 2, 0, 0)).detail).toBe(
      'worst 10, mean 3.000, 50.00 % of samples differ',
    );
  });
});

describe.skipIf(!hasPillow)('the suites command, where Pillow is installed', () => {
  const suites = (...args: string[]): ReturnType<typeof run> =>
    run(process.execPath, ['bench/pictures/compare-suites.ts', ...args], {
      cwd: ROOT,
      env: { ...process.env, PYTHON },
      maxBuffer: 2 ** 26,
    });

  it('finds every fixture read as Pillow reads it', { timeout: 120_000 }, async () => {
    const { stdout } = await suites('--json', 'test/fixtures/images');
    const { rows } = JSON.parse(String(stdout)) as {
      rows: { file: string; outcome: Outcome; detail: string }[];
    };
    expect(rows.length).toBeGreaterThanOrEqual(40);
    const agreed = new Set<Outcome>(['equal', 'within 1', 'within 2', 'refused by both']);
    // Pillow 9.4 knows no AVIF; arithmetic coding is refused by name here.
    const others = rows.filter(({ file, outcome }) => !agreed.has(outcome) && !file.endsWith('.avif'));
    expect(others.map(({ file, outcome }) => [file, outcome])).toEqual([
      ['jpeg-arithmetic.jpg', 'refused by us only'],
    ]);
  });

  it('prints a row of counts a suite', { timeout: 120_000 }, async () => {
    const { stdout } = await suites('test/fixtures/images/golden');
    const lines = String(stdout).trim().split('\n');
    expect(lines[0]).toMatch(/^\| suite \| pictures \| equal \| within 1 \|/);
    expect(lines[2]).toMatch(/^\| golden \| (\d+) \| \1 \| 0 \| 0 \| 0 \|/);
    expect(lines.at(-1)).toMatch(/^\| all /);
  });

  it('refuses a folder without pictures', async () => {
    await expect(suites('test/fixtures/sklearn')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('holds no pictures') as unknown,
    });
  });
});
