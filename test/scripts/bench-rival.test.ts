import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rivalOf, runRival } from '../../bench/rival.ts';

/** What the benchmarks run: `PYTHON`, or what is on the path; Debian's, which alone may have the packages. */
const PYTHON = [process.env.PYTHON ?? 'python3', '/usr/bin/python3'].find(
  (python) => spawnSync(python, ['-c', 'import numpy']).status === 0,
);

// A machine may set both for all its programs; then each run says so.
beforeEach(() => {
  vi.stubEnv('OPENBLAS_CORETYPE', undefined);
  vi.stubEnv('OPENBLAS_L2_SIZE', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe.skipIf(PYTHON === undefined)('runRival, where Python has numpy', () => {
  const lines: string[] = [];
  const run = <T>(source: string) => {
    vi.stubEnv('PYTHON', PYTHON);
    return runRival<T>(source, { v: { data: Float64Array.of(1, 2, 3), shape: [3] } }, 2, (line) =>
      lines.push(line),
    );
  };
  afterEach(() => {
    lines.length = 0;
  });

  it('reads the inputs, times as often as asked, and tells the kernel that ran', () => {
    const found = run<{ sum: number; times: number[] }>(
      'v = load("v")\nanswer({"sum": float(v.sum()), "times": timed(lambda: v @ v)})',
    );
    expect(found?.value.sum).toBe(6);
    expect(found?.value.times).toHaveLength(2);
    const kernel = found?.kernel ?? null;
    // OpenBLAS names a kernel; other libraries may not.
    if (kernel !== null && kernel.includes('OpenBLAS')) expect(kernel).toMatch(/OpenBLAS \d+\.\d+\S* \w+/);
    expect(lines).toEqual([`the rival ran on ${kernel ?? 'linear algebra that cannot be told'}, one thread`]);
    expect(rivalOf('numpy', found, ({ times }) => times)).toMatchObject({
      name: 'numpy',
      ...(kernel === null ? {} : { kernel }),
    });
  });

  it('takes what sets a kernel and a cache size out of its environment, both, and out of no other', () => {
    const source = `import os
answer({"core": os.environ.get("OPENBLAS_CORETYPE"), "l2": os.environ.get("OPENBLAS_L2_SIZE"),
        "threads": os.environ["OPENBLAS_NUM_THREADS"], "other": os.environ["OTHER"]})`;
    const plain = run<object>('answer({})');
    lines.length = 0;
    vi.stubEnv('OPENBLAS_CORETYPE', 'Prescott');
    vi.stubEnv('OPENBLAS_L2_SIZE', '64');
    vi.stubEnv('OTHER', 'kept');
    expect(run<object>(source)).toEqual({
      value: { core: null, l2: null, threads: '1', other: 'kept' },
      kernel: plain?.kernel,
    });
    expect(lines.slice(0, 2)).toEqual([
      'OPENBLAS_CORETYPE=Prescott is not passed on to the rival',
      'OPENBLAS_L2_SIZE=64 is not passed on to the rival',
    ]);
    expect([process.env.OPENBLAS_CORETYPE, process.env.OPENBLAS_L2_SIZE]).toEqual(['Prescott', '64']);
  });

  it('is left out with a notice where a module is missing', () => {
    expect(run('import no_such_module')).toBeNull();
    expect(lines).toEqual([
      "rival left out (ModuleNotFoundError: No module named 'no_such_module'); PYTHON names another interpreter",
    ]);
    expect(rivalOf<object>('numpy', null, () => [1])).toBeNull();
  });
});

it('leaves the rival out with a notice where there is no Python', () => {
  vi.stubEnv('PYTHON', '/no/such/python');
  const lines: string[] = [];
  expect(runRival('answer(1)', {}, 1, (line) => lines.push(line))).toBeNull();
  expect(lines.join()).toMatch(/^rival left out \(.*\); PYTHON names another interpreter$/);
});
