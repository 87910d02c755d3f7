import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { packClient } from '../client/packed-client.ts';
import { expectLike } from './expect-like.ts';
import { type CodeBlock, ROOT, codeBlocks } from './read-docs.ts';
import { isWriting, showAnswer, writeDocument } from './write-docs.ts';

const FILE = 'docs/client.md';
const run = promisify(execFile);
const all = await codeBlocks(FILE);
const programs = all.filter(({ language }) => language === 'js');
const scripts = all.filter(({ language }) => language === 'python');
const hasNumpy = spawnSync('python3', ['-c', 'import numpy']).status === 0;

describe(`the programs of ${FILE}`, () => {
  let folder: string;
  beforeAll(async () => {
    // Beside its node_modules, so that Node finds the package as in a project that has it installed.
    folder = await mkdtemp(join((await packClient()).folder, 'programs-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(programs.map((block, i) => [i + 1, block] as const))('run: number %i', async (number, block) => {
    const file = join(folder, `${number}.mjs`);
    await writeFile(file, block.text.replaceAll('http://127.0.0.1:8787', inject('origin')));
    await expectAnswer(block, await run(process.execPath, [file], { cwd: ROOT }));
  });

  it('are of both languages', () => expect([programs.length > 0, scripts.length]).toEqual([true, 1]));

  it.skipIf(!hasNumpy).each(scripts)('run in Python, where python3 has numpy', async (block) => {
    const file = join(folder, 'program.py');
    await writeFile(file, block.text.replaceAll('http://127.0.0.1:8787', inject('origin')));
    await expectAnswer(block, await run('python3', [file], { cwd: ROOT }));
  });
});

async function expectAnswer(block: CodeBlock, { stdout }: { readonly stdout: string }): Promise<void> {
  const answer = answerTo(block);
  if (isWriting) {
    const shown = showAnswer(JSON.parse(stdout));
    await writeDocument(FILE, (text) => text.replace(answer.text, () => shown));
  } else expectLike(JSON.parse(stdout), JSON.parse(answer.text));
}

function answerTo(block: CodeBlock): CodeBlock {
  const answer = all[all.indexOf(block) + 1];
  expect(answer?.info).toBe('answer');
  return answer;
}
