import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNpy } from '../src/format/npy.ts';
import type { Spread } from './measure.ts';
import { spreadOf } from './measure.ts';

type NpyData = Parameters<typeof encodeNpy>[0];

/** A matrix or vector that the rival reads as `NAME.npy`. */
export interface RivalInput {
  readonly data: NpyData;
  readonly shape: readonly number[];
}

/** In front of every rival: `timed` gives milliseconds a repetition, after one run to warm up. */
const PRELUDE = `
import json, sys, time
import numpy as np
folder, repetitions = sys.argv[1], int(sys.argv[2])
def load(name):
    return np.load(f"{folder}/{name}.npy")
def timed(run):
    run()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1000)
    return times
`;

/** Set on some machines for old builds of OpenBLAS; it would slow the rival down. */
const SLOWING = ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE'];

/**
 * Run Python on one thread, timing inside it: neither its start nor the reading of files counts.
 * @param source sees numpy as np, `load(name)` for every input and `timed(function)`; prints one JSON value
 * @returns what it printed, or null with a notice when Python or a module of it is missing
 */
export function runRival<T>(
  source: string,
  inputs: Readonly<Record<string, RivalInput>>,
  repetitions: number,
  tell: (line: string) => void,
): T | null {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-bench-'));
  try {
    for (const [name, { data, shape }] of Object.entries(inputs)) {
      writeFileSync(join(folder, `${name}.npy`), encodeNpy(data, shape));
    }
    const environment = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !SLOWING.includes(name)),
    );
    const threads = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
    const output = execFileSync(
      process.env.PYTHON ?? 'python3',
      ['-c', PRELUDE + source, folder, String(repetitions)],
      {
        env: { ...environment, ...threads },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 2 ** 28,
      },
    );
    return JSON.parse(output) as T;
  } catch (error) {
    const stderr =
      error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : error;
    tell(`rival left out (${stderr}); PYTHON names another interpreter`);
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The rival's side of a `benchRow`; null where it did not run. */
export function rivalSpread(
  name: string,
  times: readonly number[] | undefined,
): (Spread & { readonly name: string }) | null {
  return times === undefined ? null : { name, ...spreadOf(times) };
}
