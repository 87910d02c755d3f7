import { DEFAULT_CALIBRATION, calibrate } from '../../src/core/evaluation/calibrate.ts';
import { type KindReliability, kindReliability } from '../../src/core/evaluation/kind-reliability.ts';
import { createRandom } from '../../src/core/random.ts';

/** Name, pairs, and how far the scores of the kind lie above those of the others. */
const KINDS: readonly (readonly [name: string, count: number, shift: number])[] = [
  ['drawing', 180, 0],
  ['photograph', 120, 0.25],
  ['a scan of a page of a very old printed book', 40, 0.05],
  ['lone', 1, 0],
];

/** Kinds as a run tells of them: one that does not fit, one of a long name, one too small for a calibrator of its own. */
export function buildKinds(): KindReliability {
  const random = createRandom(17);
  const rows = KINDS.flatMap(([, count, shift], kind) =>
    Array.from({ length: count }, (_, i) =>
      [1, 0].map((label) => ({ kind, group: 1000 * kind + i, label, shift })),
    ),
  ).flat();
  const pairs = {
    scores: Float64Array.from(rows, ({ label, shift }) => 0.3 * label + shift + 0.14 * random.nextGaussian()),
    labels: Uint8Array.from(rows, ({ label }) => label),
    folds: Uint32Array.from(rows, ({ group }) => group % 5),
    groups: Int32Array.from(rows, ({ group }) => group),
    kindOf: Uint8Array.from(rows, ({ kind }) => kind),
  };
  const of = rows.flatMap(({ label, kind }, i) => (label === 0 && kind < 3 ? [i] : []));
  const within = {
    scores: Float64Array.from(of, (i) => pairs.scores[i] + 0.03),
    groups: Int32Array.from(of, (i) => pairs.groups[i]),
    kindOf: Uint8Array.from(of, (i) => pairs.kindOf[i]),
  };
  const names = KINDS.map(([name]) => name);
  return kindReliability(pairs, within, names, calibrate(pairs), DEFAULT_CALIBRATION);
}
