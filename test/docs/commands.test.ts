import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { expectLike } from './expect-like.ts';
import { type CodeBlock, ROOT, codeBlocks, documents } from './read-docs.ts';
import { isWriting, showAnswer, writeDocument } from './write-docs.ts';

/** What a document shows but a test cannot run, and why. Everything else in a `sh` block is run as it stands. */
const NOT_RUN: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  {
    pattern: /^npm ci( |$)|^npm (start|test)\b|^[A-Z_]+=\S+ npm start/,
    why: 'test/scripts/start.test.ts, this run',
  },
  { pattern: /--remote\b|^npx wrangler|npm run (-s )?deploy\b(?!.*--dry-run)/, why: 'needs an account' },
  { pattern: /^docker |\bdocker compose\b/, why: 'no Docker here; test/scripts/encoder/dockerfile.test.ts' },
  { pattern: /^npm run -s encoder\b|127\.0\.0\.1:7997/, why: 'test/scripts/encoder' },
  { pattern: /^npm run (-s )?doctor/, why: 'test/scripts/behind-faults.test.ts' },
  { pattern: /^npm run -s pipeline\b/, why: 'test/scripts/pipeline.test.ts' },
  { pattern: /model -- fetch/, why: 'needs the hub' },
  { pattern: /^npm run -s audit$/, why: 'asks a registry that may not answer' },
  { pattern: /^npm run (-s )?(bench|chaos)|train-tiny-clip/, why: 'takes minutes to hours' },
  { pattern: /^npm run (build|codegen|lint|format|typecheck)$/, why: 'part of CI' },
  { pattern: /^(git|cd) /, why: 'getting the project' },
  { pattern: /--corpus shop --engine /, why: 'needs a PostgreSQL; test/scripts/index-postgres.test.ts' },
  { pattern: /\bI\.npy\b/, why: 'needs vectors of the reader' },
];

const origin = inject('origin');
const run = promisify(execFile);

const blocks = new Map<string, CodeBlock[]>();
for (const file of await documents()) blocks.set(file, await codeBlocks(file));

function commandsOf(block: CodeBlock): string[] {
  return block.text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

const isRun = (block: CodeBlock): boolean =>
  !commandsOf(block).every((command) => NOT_RUN.some(({ pattern }) => pattern.test(command)));

describe.each([...blocks])('commands of %s', (file, all) => {
  const shell = all.filter(({ language }) => language === 'sh');
  let state = '';
  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'alignql-docs-'));
  });
  afterAll(() => rm(state, { recursive: true, force: true }));

  it('name npm scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as {
      scripts: Record<string, string>;
    };
    const text = await readFile(`${ROOT}${file}`, 'utf8');
    const named = [...text.matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)].map(([, name]) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it.each(shell.filter(isRun).map((block) => [commandsOf(block)[0], block] as const))(
    'run: %s',
    async (_, block) => {
      const script = block.text.replaceAll('http://127.0.0.1:8787', origin);
      const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], {
        cwd: ROOT,
        env: { ...process.env, ALIGNQL_STATE: state },
        maxBuffer: 2 ** 26,
      });
      const answer = all[all.indexOf(block) + 1];
      if (answer?.info !== 'answer') return;
      if (isWriting) {
        const shown = showAnswer(JSON.parse(stdout));
        await writeDocument(file, (text) => text.replace(answer.text, () => shown));
      } else expectLike(JSON.parse(stdout), JSON.parse(answer.text));
    },
  );
});
