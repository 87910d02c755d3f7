import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../src/core/random.ts';
import { mutualInformation } from '../src/core/selection/mutual-information.ts';
import { columnVariances } from '../src/core/selection/variance.ts';
import { encodeNpy } from '../src/format/npy.ts';
import type { BenchRow, Spread } from './measure.ts';
import { benchRow, measureMs, spreadOf } from './measure.ts';

const DIM = 512;
const COUNTS = [2_500, 10_000];
const REPETITIONS = 3;

/** One thread each, timing inside Python: neither its start nor the reading of files counts. */
const RIVAL = `
import json, sys, time
import numpy as np
from sklearn.feature_selection import mutual_info_classif
X, y = np.load(sys.argv[1]), np.load(sys.argv[2])
def timed(run, repetitions):
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1000)
    return times
scores = mutual_info_classif(X, y, random_state=0)
print(json.dumps({
    "mutual-information": timed(lambda: mutual_info_classif(X, y, random_state=0), int(sys.argv[3])),
    "variance": timed(lambda: np.var(X, axis=0), int(sys.argv[3])),
    "scores": scores.tolist(),
}))
`;

interface RivalFigures {
  readonly 'mutual-information': number[];
  readonly variance: number[];
  readonly scores: number[];
}

/** Our selection kernels against scikit-learn's and numpy's on the same matrices, one thread against one. */
export function benchSelection(tell: (line: string) => void): BenchRow[] {
  return COUNTS.flatMap((count) => {
    const { features, labels } = madeMatrix(count);
    const options = { count, dim: DIM, seed: 0 };
    tell(`selection: ours at ${count}×${DIM}`);
    const information = measureMs(REPETITIONS, () => mutualInformation(features, labels, options)[0]);
    const variance = measureMs(REPETITIONS, () => columnVariances(features, DIM)[0]);
    tell(`selection: scikit-learn at ${count}×${DIM}`);
    const rival = runRival(features, labels, count, tell);
    if (rival !== null) assertAgreement(mutualInformation(features, labels, options), rival.scores);
    const size = `${count}×${DIM}`;
    return [
      benchRow(
        `mutual-information ${size}`,
        information,
        named('scikit-learn', rival?.['mutual-information']),
        8,
      ),
      benchRow(`variance ${size}`, variance, named('numpy', rival?.variance), null),
    ];
  });
}

function madeMatrix(count: number): { features: Float64Array; labels: Int32Array } {
  const random = createRandom(count);
  const labels = Int32Array.from({ length: count }, () => random.nextInt(2));
  const features = Float64Array.from({ length: count * DIM }, (_, i) => {
    // Every other feature carries some signal.
    const shift = i % 2 === 0 ? 0.3 * labels[Math.floor(i / DIM)] : 0;
    return random.nextGaussian() + shift;
  });
  return { features, labels };
}

function runRival(
  features: Float64Array,
  labels: Int32Array,
  count: number,
  tell: (line: string) => void,
): RivalFigures | null {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-bench-'));
  try {
    writeFileSync(join(folder, 'X.npy'), encodeNpy(features, [count, DIM]));
    writeFileSync(join(folder, 'y.npy'), encodeNpy(labels, [count]));
    const threads = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
    const repetitions = count > 5_000 ? 1 : REPETITIONS;
    const output = execFileSync(
      process.env.PYTHON ?? 'python3',
      ['-c', RIVAL, join(folder, 'X.npy'), join(folder, 'y.npy'), String(repetitions)],
      {
        env: { ...process.env, ...threads },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 2 ** 26,
      },
    );
    return JSON.parse(output) as RivalFigures;
  } catch (error) {
    const stderr =
      error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : error;
    tell(`selection: scikit-learn left out (${stderr}); PYTHON names another interpreter`);
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function named(name: string, times: number[] | undefined): (Spread & { name: string }) | null {
  return times === undefined ? null : { name, ...spreadOf(times) };
}

function assertAgreement(ours: Float64Array, theirs: readonly number[]): void {
  const worst = ours.reduce((most, score, i) => Math.max(most, Math.abs(score - theirs[i])), 0);
  if (!(worst < 1e-9))
    throw new Error(`expected the rival's scores within 1e-9, got a difference of ${worst}`);
}
