import { describe, expect, it } from 'vitest';
import { kindLines } from '../../scripts/precompute/kind-lines.ts';
import { kindVerdicts } from '../../scripts/report/kind-words.ts';
import { buildKinds } from './report-kinds.ts';

const reliability = buildKinds();
const fitting = reliability.kinds.map((figures) => ({ ...figures, fits: true }));

describe('kindVerdicts', () => {
  it('says of each kind that is not fitted by how much, and what sharing one calibrator costs', () => {
    const misfits = reliability.kinds.filter(({ fits }) => !fits).map(({ kind }) => kind);
    expect(misfits).toContain('photograph');
    const verdicts = kindVerdicts(reliability);
    expect(verdicts).toHaveLength(misfits.length);
    expect(verdicts[misfits.indexOf('photograph')]).toMatch(
      /^The calibrator does not fit photograph: over 240 held-out pairs its calibration error is 0\.\d{3}, and chance gives at most 0\.\d{3}\. A calibrator of its own has an error of 0\.\d{3}, and a log loss of 0\.\d{3} in place of 0\.\d{3}: sharing one costs 0\.\d{3} \(95% interval 0\.\d{3} to 0\.\d{3}\)\.$/,
    );
  });

  it('says in one line that one calibrator serves all, and what one a kind would gain', () => {
    const [sentence, ...others] = kindVerdicts({ ...reliability, kinds: fitting });
    expect(others).toEqual([]);
    expect(sentence).toMatch(
      /^One calibrator serves all 4 kinds: no calibration error is beyond what chance gives at its number of pairs\. A calibrator for each kind would have a log loss of/,
    );
    const lone = { kinds: fitting.slice(3), together: null };
    expect(kindVerdicts(lone)).toEqual([
      'One calibrator serves the only kind, lone: no calibration error is beyond what chance gives at its number of pairs.',
    ]);
  });

  it('says where a kind has too few pairs, and where a cost may be none', () => {
    const [lone] = fitting.slice(3);
    expect(kindVerdicts({ ...reliability, kinds: [{ ...lone, fits: false }] })[0]).toMatch(
      /There are too few pairs of this kind to fit a calibrator of its own\.$/,
    );
    const [drawing] = fitting;
    const cost = { value: -0.0004, low: -0.01, high: 0.009 };
    const own = drawing.own === null ? null : { ...drawing.own, cost };
    expect(kindVerdicts({ ...reliability, kinds: [{ ...drawing, fits: false, own }] })[0]).toMatch(
      /sharing one costs 0\.000 \(95% interval −0\.010 to 0\.009\), which may be nothing\.$/,
    );
  });
});

describe('kindLines', () => {
  it('has a line a kind, and warns only of one that is not fitted', () => {
    const lines = kindLines(reliability);
    expect(lines.filter((line) => line.startsWith('kind '))).toHaveLength(4);
    expect(lines[1]).toMatch(
      /^kind photograph: 240 held-out pairs, AUC 0\.\d+, ECE 0\.\d+ \(chance: at most 0\.\d+\), log loss/,
    );
    expect(lines.at(-1)).toMatch(/^warning: The calibrator does not fit/);
    expect(kindLines({ ...reliability, kinds: fitting }).at(-1)).toMatch(/^One calibrator serves/);
  });
});
