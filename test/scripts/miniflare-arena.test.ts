import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { withDoublingArena } from '../../scripts/start/miniflare-arena.ts';

it('finds the arena in the Miniflare that is installed, once', () => {
  const source = readFileSync(createRequire(import.meta.url).resolve('miniflare'), 'utf8');
  const changed = withDoublingArena(source);
  const before = source.split('\n');
  const different = changed.split('\n').filter((line, i) => line !== before[i]);
  expect(different.map((line) => line.trim())).toEqual([
    's.buffer = new ArrayBuffer(Math.max(srcBuffer.byteLength + minSize, 2 * srcBuffer.byteLength));',
  ]);
});

it('leaves another source as it is', () => {
  expect(withDoublingArena('let a = 1;')).toBe('let a = 1;');
});
