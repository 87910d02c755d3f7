import { describe, expect, it } from 'vitest';
import { overBudget } from '../../scripts/bundle/budgets.ts';
import { type Bundle, readParts } from '../../scripts/bundle/measure-bundle.ts';
import { runScript } from './run-command.ts';

const BUDGET = { scriptGzipBytes: 100, files: { 'a.wasm': 1_000 } };
const BUNDLE: Bundle = {
  scriptBytes: 300,
  scriptGzipBytes: 100,
  parts: [],
  files: [{ name: 'a.wasm', bytes: 1_000, gzipBytes: 10 }],
  packages: [],
};

describe('overBudget', () => {
  it('takes what is exactly as large as its budget', () => {
    expect(overBudget(BUNDLE, BUDGET)).toEqual([]);
  });

  it('names what is one byte over, and what has no budget', () => {
    const files = [
      { name: 'a.wasm', bytes: 1_001, gzipBytes: 10 },
      { name: 'toString', bytes: 1, gzipBytes: 1 },
    ];
    expect(overBudget({ ...BUNDLE, scriptGzipBytes: 101, files }, BUDGET)).toEqual([
      'script: 101 bytes gzipped, expected at most 100',
      'a.wasm: 1001 bytes, expected at most 1000',
      'toString: 1 bytes without a budget; give it one in scripts/bundle/budgets.ts',
    ]);
  });
});

describe('readParts', () => {
  it('sums by package, nested ones by their own name, and by two folders of the project', () => {
    const inputs = {
      'node_modules/graphql/a.mjs': { bytesInOutput: 5 },
      '../main/node_modules/graphql/b.mjs': { bytesInOutput: 6 },
      'node_modules/x/node_modules/@scope/y/dist/c.js': { bytesInOutput: 7 },
      'src/clip/d.ts': { bytesInOutput: 8 },
      'src/clip/e.ts': { bytesInOutput: 9 },
      'node_modules/unused/f.js': { bytesInOutput: 0 },
    };
    expect(
      readParts(JSON.stringify({ outputs: { 'index.js.map': { inputs: {} }, 'index.js': { inputs } } })),
    ).toEqual([
      { name: 'graphql', bytes: 11 },
      { name: '@scope/y', bytes: 7 },
      { name: 'src/clip', bytes: 17 },
    ]);
  });
});

describe('npm run size', () => {
  // Each run bundles both Workers.
  it('holds the stated budgets, and exits with 1 under a smaller one', () => {
    const held = runScript('bundle-size', ['--check']);
    expect(held).toMatchObject({ status: 0, stderr: '' });
    expect(held.stdout).toMatch(/^script of wrangler\.toml .* of 276\.0 KiB\n {2}graphql /);
    const broken = runScript('bundle-size', ['--check', '--json', '--script-kib', '10']);
    expect(broken.status).toBe(1);
    expect(broken.stderr).toMatch(
      /^size: over budget\nwrangler\.toml: script: \d+ bytes gzipped, expected at most 10240\n/,
    );
    const { 'wrangler.toml': bundle } = JSON.parse(broken.stdout) as Record<string, Bundle>;
    expect(bundle.files.map(({ name }) => name)).toContain('ort-wasm-simd-threaded.wasm');
  });

  it('refuses a budget that is no number above 0', () => {
    expect(runScript('bundle-size', ['--script-kib', 'many']).status).toBe(1);
  });
});
