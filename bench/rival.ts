import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNpy } from '../src/format/npy.ts';
import type { Rival } from './measure.ts';
import { spreadOf } from './measure.ts';

type NpyData = Parameters<typeof encodeNpy>[0];

/** A matrix or vector that the rival reads as `NAME.npy`. */
export interface RivalInput {
  readonly data: NpyData;
  readonly shape: readonly number[];
}

/**
 * In front of every rival: `timed` gives milliseconds a repetition, after one run to warm up; `answer` prints a JSON value
 * with the kernel that did the linear algebra. OpenBLAS picks one for the processor when it is loaded: threadpoolctl, which
 * scikit-learn brings, tells it; without that OpenBLAS itself does, under one of the names that builds give the function.
 */
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
def kernels():
    try:
        from threadpoolctl import threadpool_info
        for found in threadpool_info():
            if found["user_api"] == "blas":
                name = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS"}.get(found["internal_api"], found["internal_api"])
                yield f'{name} {found["version"]} {found.get("architecture") or ""}'.strip()
    except ImportError:
        import ctypes
        with open("/proc/self/maps") as maps:
            paths = sorted({line.split()[-1] for line in maps if "openblas" in line})
        for library in map(ctypes.CDLL, paths):
            for prefix, suffix in [("", ""), ("", "64_"), ("scipy_", ""), ("scipy_", "64_")]:
                corename = getattr(library, f"{prefix}openblas_get_corename{suffix}", None)
                config = getattr(library, f"{prefix}openblas_get_config{suffix}", None)
                if corename is None or config is None:
                    continue
                corename.restype = config.restype = ctypes.c_char_p
                yield " ".join(["OpenBLAS", config().decode().split()[1], corename().decode()])
def answer(value):
    try:
        kernel = " and ".join(dict.fromkeys(kernels()))
    except OSError:
        kernel = ""
    print(json.dumps({"kernel": kernel or None, "value": value}))
`;

/**
 * Which kernel OpenBLAS takes and for which cache, where somebody has set it for another machine or another program. Either
 * alone slows the rival, and blocks for one kernel do not suit another: both are left to OpenBLAS.
 */
const OVERRIDES = ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE'];

/** What a rival answered. */
export interface RivalRun<T> {
  readonly value: T;
  /** The linear algebra that it ran on, such as `OpenBLAS 0.3.21 Cooperlake`; null where that cannot be told. */
  readonly kernel: string | null;
}

/**
 * Run Python on one thread, timing inside it: neither its start nor the reading of files counts. What this process's
 * environment says about OpenBLAS's kernel is not passed on.
 * @param source sees numpy as np, `load(name)` for every input and `timed(function)`; ends with `answer(JSON value)`
 * @returns what it answered, or null with a notice when Python or a module of it is missing
 */
export function runRival<T>(
  source: string,
  inputs: Readonly<Record<string, RivalInput>>,
  repetitions: number,
  tell: (line: string) => void,
): RivalRun<T> | null {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-bench-'));
  try {
    for (const [name, { data, shape }] of Object.entries(inputs)) {
      writeFileSync(join(folder, `${name}.npy`), encodeNpy(data, shape));
    }
    const output = execFileSync(
      process.env.PYTHON ?? 'python3',
      ['-c', PRELUDE + source, folder, String(repetitions)],
      {
        env: rivalEnvironment(tell),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 2 ** 28,
      },
    );
    const run = JSON.parse(output) as RivalRun<T>;
    tell(`the rival ran on ${run.kernel ?? 'linear algebra that cannot be told'}, one thread`);
    return run;
  } catch (error) {
    const stderr =
      error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : error;
    tell(`rival left out (${stderr}); PYTHON names another interpreter`);
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function rivalEnvironment(tell: (line: string) => void): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env };
  for (const name of OVERRIDES) {
    if (name in environment) tell(`${name}=${environment[name]} is not passed on to the rival`);
    delete environment[name];
  }
  return { ...environment, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
}

/**
 * The rival's side of a `benchRow`; null where it did not run.
 * @param times of what its answer holds
 */
export function rivalOf<T>(
  name: string,
  run: RivalRun<T> | null,
  times: (value: T) => readonly number[],
): Rival | null {
  if (run === null) return null;
  const { kernel, value } = run;
  return { name, ...spreadOf(times(value)), ...(kernel === null ? {} : { kernel }) };
}
