import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { heldBytes, windowBytes } from '../src/pipeline/memory.ts';
import { type BenchRow, limitRow, spreadOf } from './measure.ts';
import type { Held, HeldOptions } from './pipeline/held-by-task.ts';

const SCRIPT = fileURLToPath(new URL('pipeline/held-by-task.ts', import.meta.url));
const REQUEST = { strategies: ['variance', 'cross-covariance'], plan: 'compact' } as const;
const SIZES = [
  { ...REQUEST, pairs: 2_048, sample: 400, dim: 256 },
  { ...REQUEST, pairs: 4_096, sample: 2_000, dim: 512 },
  { ...REQUEST, pairs: 15_616, sample: 100, dim: 512 },
] satisfies readonly HeldOptions[];

/**
 * What lives of each task and step of a run, as the largest shards and samples make it: the heap and all ArrayBuffers in Node right after
 * collections, at every read, write and array of half a megabyte; nothing limits memory in Miniflare. Held against the count by which
 * requests are refused.
 */
export function benchIsolateMemory(tell: (line: string) => void): BenchRow[] {
  return SIZES.flatMap((size) => {
    const { pairs, sample, dim } = size;
    const name = `${pairs} pairs × ${dim}, ${sample} sampled`;
    tell(name);
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, JSON.stringify(size)], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`it ended with ${status}: ${stderr}`);
    const held = JSON.parse(stdout) as Held[];
    const row = (task: string, bytes: number, most: number | null): BenchRow =>
      limitRow(name, task, 'MB', spreadOf([bytes / 1e6]), most);
    const most = Math.max(heldBytes(pairs, sample, dim), windowBytes(pairs, dim)) / 1e6;
    return [
      ...held.map(({ task, bytes }) => row(task, bytes, null)),
      row('the most', Math.max(...held.map(({ bytes }) => bytes)), most),
    ];
  });
}
