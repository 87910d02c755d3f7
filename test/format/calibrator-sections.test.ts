import { describe, expect, it } from 'vitest';
import { crc32 } from 'node:zlib';
import { decodeSelection, encodeSelection } from '../../src/format/selection-record.ts';
import { type Calibrator, MAX_EVIDENCE, MAX_KNOTS } from '../../src/core/scoring/selection-model.ts';
import { buildSelection } from './selection-builder.ts';

const record = buildSelection(4, { evidence: true });
const bytes = encodeSelection(record);
const { calibrator } = record.model;
/** As before the two were stored. */
const old = Object.fromEntries(
  Object.entries(calibrator).filter(([name]) => name !== 'interval' && name !== 'evidence'),
) as unknown as Calibrator;
const start = encodeSelection({ ...record, model: { ...record.model, calibrator: old } }).length - 4;
/** Header of a section, counts, slopes, and three numbers at each of five knots. */
const INTERVAL_BYTES = 8 + 8 * (2 + 3 * 5);
const evidenceStart = start + 8 + INTERVAL_BYTES;

function resealed(change: (view: DataView) => void, source = bytes): Uint8Array {
  const copy = source.slice();
  const view = new DataView(copy.buffer);
  change(view);
  view.setUint32(copy.length - 4, crc32(copy.subarray(0, -4)), true);
  return copy;
}

describe("the sections of a record's calibrator", () => {
  it('lie where docs/kv-layout.md says', () => {
    if (calibrator.kind !== 'platt' || !calibrator.interval || !calibrator.evidence) throw new Error('none');
    const { interval, evidence } = calibrator;
    const view = new DataView(bytes.buffer, start);
    expect([view.getUint32(0, true), view.getUint32(4, true)]).toEqual([3, INTERVAL_BYTES]);
    expect([view.getUint32(8, true), view.getUint32(12, true)]).toEqual([5, 0]);
    const numbers = [...interval.slopes, ...interval.scores, ...interval.low, ...interval.high];
    numbers.forEach((value, i) => expect(view.getFloat64(16 + 8 * i, true)).toBe(value));
    const next = new DataView(bytes.buffer, evidenceStart);
    expect([next.getUint32(0, true), next.getUint32(4, true)]).toEqual([4, 8 + 8 * (1 + 2 * 7)]);
    expect([next.getUint32(8, true), next.getUint32(12, true)]).toEqual([4, 3]);
    const { precision, match, mismatch } = evidence;
    const sides = [match.thresholds, match.logRatios, mismatch.thresholds, mismatch.logRatios];
    [precision, ...sides.flatMap((list) => [...list])].forEach((value, i) =>
      expect(next.getFloat64(16 + 8 * i, true)).toBe(value),
    );
    expect(decodeSelection(bytes)).toEqual(record);
  });

  it('are refused at every length they may be cut to', () => {
    for (let length = start + 1; length < bytes.length; length++) {
      const cut = resealed((view) => view.setUint32(8, length, true), bytes.slice(0, length));
      if (length === evidenceStart + 4) continue; // A whole section, and a record without the other.
      expect(() => decodeSelection(cut), `cut to ${length}`).toThrow(/Corrupt selection record: .*expected/);
    }
  });

  const interval = start + 8;
  const evidence = evidenceStart + 8;
  const cases: [string, (view: DataView) => void, RegExp | string][] = [
    ['too many knots', (view) => view.setUint32(interval, MAX_KNOTS + 1, true), 'at most 256'],
    [
      'another number of knots',
      (view) => view.setUint32(interval, 4, true),
      /interval of \d+ bytes, expected/,
    ],
    ['no knot', (view) => view.setUint32(interval, 0, true), /interval of \d+ bytes, expected/],
    ['something beside the knots', (view) => view.setUint32(interval + 4, 1, true), 'expected 0'],
    ['a slope that is no number', (view) => view.setFloat64(interval + 8, NaN, true), 'a finite number'],
    ['slopes the wrong way round', (view) => view.setFloat64(interval + 8, 99, true), 'slopes 99'],
    [
      'scores that fall',
      (view) => view.setFloat64(interval + 24, 99, true),
      /interval score .* after 99, expected ascending/,
    ],
    [
      'a low end above the high one',
      (view) => view.setFloat64(interval + 64, 99, true),
      'expected low to high',
    ],
    ['too many thresholds', (view) => view.setUint32(evidence, MAX_EVIDENCE + 1, true), 'at most 64'],
    ['another number of thresholds', (view) => view.setUint32(evidence, 3, true), /evidence of \d+ bytes/],
    ['a precision of 0', (view) => view.setFloat64(evidence + 8, 0, true), 'precision 0'],
    ['a threshold of 1', (view) => view.setFloat64(evidence + 16, 1, true), 'threshold 1 at 0'],
    ['an infinite ratio', (view) => view.setFloat64(evidence + 48, Infinity, true), 'ratio Infinity at 0'],
    ['ratios that fall', (view) => view.setFloat64(evidence + 48, 99, true), 'surer and larger than before'],
    [
      'thresholds that grow less sure',
      (view) => view.setFloat64(evidence + 16, 0.99, true),
      'surer and larger than before',
    ],
  ];

  it.each(cases)('are refused for %s, the checksum fitting', (_name, change, detail) => {
    expect(() => decodeSelection(resealed(change))).toThrow(detail);
  });

  it('are refused when written in another order, or of one kind twice', () => {
    expect(() => decodeSelection(resealed((view) => view.setUint32(evidenceStart, 3, true)))).toThrow(
      'section kind 3 after 3, expected ascending',
    );
  });
});
