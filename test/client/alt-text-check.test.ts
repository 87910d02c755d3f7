import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { packClient } from './packed-client.ts';

const SAMPLE = 'models/sample/images';

interface Ended {
  readonly code: number;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** The example with the packed client installed, over a site of a few pages. */
describe('examples/alt-text-check', () => {
  let folder: string;
  let site: string;
  beforeAll(async () => {
    folder = await mkdtemp(join((await packClient()).folder, 'example-'));
    await cp('examples/alt-text-check', folder, { recursive: true });
    site = join(folder, 'site');
    await mkdir(join(site, 'images'), { recursive: true });
    for (const name of ['a-badger.webp', 'a-banjo.webp'])
      await copyFile(join(SAMPLE, name), join(site, 'images', name));
    await writeFile(join(site, 'images/broken.png'), 'no picture');
    await writeFile(
      join(site, 'good.md'),
      '# Animals\n\n![a badger](images/a-badger.webp)\n\n![](images/a-banjo.webp)\n',
    );
    await writeFile(join(site, 'none-here.md'), '# No animals\n');
    await writeFile(
      join(site, 'bad.html'),
      `<p><img src="/images/a-banjo.webp" alt="a banjo"><img src="/images/a-badger.webp?v=1"
        alt="a clock\ntower"><img src=/images/broken.png alt="a fox"><img src="gone.png" alt="gone"><img src="/images/a-banjo.webp"></p>`,
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const check = (...options: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const all = ['../check.js', '--url', inject('origin'), ...options];
      execFile(process.execPath, all, { cwd: site }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), lines: stdout.trim().split('\n'), stderr }),
      );
    });

  it('passes where the alt texts fit, decoration aside', async () => {
    const { code, lines, stderr } = await check('good.md');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^ok +MATCH +9\d\.\d % +good\.md: images\/a-badger\.webp +a badger$/);
    expect(lines[1]).toBe('1 checked, 0 failed');
  });

  it('fails for what does not fit, cannot be read, or has no alt', async () => {
    const { code, lines } = await check('--strict', 'good.md', 'bad.html');
    expect(code).toBe(1);
    expect(lines.map((line) => line.split(/ {2,}/).slice(0, 2).join(' '))).toEqual([
      'ok MATCH',
      'ok MATCH',
      // Which of the two depends on how much the selection's pairs can show.
      expect.stringMatching(/^FAIL (MISMATCH|UNCERTAIN)$/),
      'FAIL BAD_IMAGE',
      'FAIL ENOENT',
      'FAIL NO ALT',
      '6 checked, 4 failed',
    ]);
    expect(lines[2]).toMatch(/a clock tower$/);
  });

  it('says what it needs', async () => {
    expect(await check()).toMatchObject({ code: 1, stderr: expect.stringContaining('usage') as string });
    expect(await check('none-here.md')).toMatchObject({
      code: 1,
      stderr: 'Found no picture in none-here.md.\n',
    });
    expect(await check('none.md')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('none.md') as string,
    });
    expect(await check('--nothing')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('usage') as string,
    });
  });
});
