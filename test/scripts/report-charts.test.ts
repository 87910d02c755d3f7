import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { calibratorCurve } from '../../scripts/precompute/calibrator-curve.ts';
import {
  type Anchor,
  boxOf,
  contains,
  overlap,
  placeLabels,
} from '../../scripts/report/charts/place-labels.ts';
import { calibratorChart } from '../../scripts/report/charts/score-charts.ts';
import { probability } from '../../src/core/calibration/calibration.ts';
import { fitIsotonic } from '../../src/core/fitting/isotonic-calibration.ts';
import { createRandom } from '../../src/core/random.ts';
import { buildReport } from './report-builder.ts';

const FRAME = { left: 0, right: 400, top: 0, bottom: 300 };
const ROOM = { lineHeight: 15, lines: [] };

function anchor(x: number, y: number, width = 60): Anchor {
  return { x, y, width, radius: 4, isNeeded: true };
}

describe('placeLabels', () => {
  it('puts a lone name to the right of its point, or to the left where the frame ends', () => {
    expect(placeLabels([anchor(100, 100)], FRAME, ROOM)).toEqual([{ dx: 9, dy: 0, textAnchor: 'start' }]);
    expect(placeLabels([anchor(390, 100, 80)], FRAME, ROOM)[0]).toMatchObject({ dy: 0, textAnchor: 'end' });
    // No room to either side: above, and ending with its point.
    expect(placeLabels([anchor(390, 100), anchor(360, 100, 10)], FRAME, ROOM)[0]).toMatchObject({
      dx: 4,
      textAnchor: 'end',
    });
  });

  it('stacks the names of line ends in their order, each near its own', () => {
    const ends = [anchor(200, 100), anchor(200, 104), anchor(203, 92), anchor(200, 250)];
    const placed = placeLabels(ends, FRAME, ROOM);
    const heights = placed.map((placement, i) => ends[i].y + (placement?.dy ?? NaN));
    expect(heights[2]).toBeLessThan(heights[0]);
    expect(heights[0]).toBeLessThan(heights[1]);
    expect(heights[3]).toBe(250);
    const edges = placed.map((placement, i) => ends[i].x + (placement?.dx ?? NaN));
    expect(new Set(edges)).toEqual(new Set([217]));
  });

  it('keeps off the lines where there is another place, and takes what is left where there is none', () => {
    const flat = { from: { x: 0, y: 100 }, to: { x: 400, y: 100 } };
    expect(placeLabels([anchor(100, 100)], FRAME, { ...ROOM, lines: [flat] })[0]?.dy).toBe(-15);
    const everywhere = Array.from({ length: 100 }, (_, i) => ({
      from: { x: 0, y: 3 * i },
      to: { x: 400, y: 3 * i },
    }));
    expect(placeLabels([anchor(100, 100)], FRAME, { ...ROOM, lines: everywhere })[0]?.dy).toBe(0);
    const idle = { ...anchor(100, 100), isNeeded: false };
    expect(placeLabels([idle], FRAME, { ...ROOM, lines: everywhere })).toEqual([null]);
  });

  it('leaves out a name that finds no place', () => {
    expect(placeLabels([anchor(100, 100, 900)], FRAME, ROOM)).toEqual([null]);
  });

  it('never lays a name on another, on a point or outside the frame, wherever the points are', () => {
    const random = createRandom(9);
    for (let round = 0; round < 300; round++) {
      const anchors = Array.from({ length: 1 + random.nextInt(14) }, () =>
        // Half of them in columns, as the ends of lines are.
        anchor(
          random.nextInt(2) === 0 ? 250 : 10 + 380 * random.next(),
          10 + 280 * random.next(),
          30 + 90 * random.next(),
        ),
      );
      const boxes = placeLabels(anchors, FRAME, ROOM).map((placement, i) =>
        placement === null ? null : boxOf(anchors[i], placement, ROOM.lineHeight),
      );
      boxes.forEach((box, i) => {
        if (box === null) return;
        expect(contains(FRAME, box)).toBe(true);
        boxes.forEach((other, j) => {
          // What touches at a rounding error does not overlap.
          const shrunk = { ...box, top: box.top + 1e-9, bottom: box.bottom - 1e-9 };
          if (j !== i && other !== null) expect(overlap(shrunk, other)).toBe(false);
          const { x, y, radius } = anchors[j];
          const point = { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius };
          if (j !== i) expect(overlap(box, point)).toBe(false);
        });
      });
    }
  });
});

describe('the curve of the calibrator', () => {
  const random = createRandom(4);
  const labels = Uint8Array.from({ length: 300 }, (_, i) => i % 2);
  const scores = Float64Array.from(labels, (label) => 0.4 * label + 0.3 * random.nextGaussian());
  const fit = fitIsotonic(scores, labels);
  const calibrator = { ...fit, baseRate: 0.5, matchThreshold: 0.9, mismatchThreshold: 0.1 };
  const low = Math.min(...scores);
  const high = Math.max(...scores);
  const histogram = Array.from({ length: 40 }, (_, bin) => ({
    low: low + (bin * (high - low)) / 40,
    high: low + ((bin + 1) * (high - low)) / 40,
    matches: 0,
    mismatches: 0,
  }));

  it('goes through every knot of an isotonic record, and through nothing else', () => {
    const curve = calibratorCurve(calibrator, histogram);
    const inside = [...fit.scores].filter((score) => score > low && score < high);
    expect(inside.length).toBeGreaterThan(10);
    expect(curve.map(({ score }) => score)).toEqual([low, ...inside, histogram[39].high]);
    for (const { score, probability: p } of curve) {
      expect(p).toBe(probability(calibrator, score));
      const knot = fit.scores.indexOf(score);
      // It goes through log-odds and back.
      if (knot >= 0) expect(Math.abs(p - fit.probabilities[knot])).toBeLessThan(1e-12);
    }
  });

  it('is drawn with a dot at each step, and a ring at each threshold', () => {
    const curve = calibratorCurve(calibrator, histogram);
    const report = buildReport().calibration;
    const { document } = parseHTML(
      `<body>${calibratorChart({ ...report, kind: 'isotonic', curve, histogram, matchScore: 0.5, mismatchScore: 0.1 })}</body>`,
    );
    const [wide] = document.querySelectorAll('svg');
    const [knots, rings] = wide.querySelectorAll('[data-mark=dot]');
    // What lies on a plateau is stored for the interval, and no step.
    const steps = curve.filter(
      ({ probability: p }, i) =>
        i > 0 &&
        i + 1 < curve.length &&
        (Math.abs(curve[i - 1].probability - p) > 1e-4 || Math.abs(curve[i + 1].probability - p) > 1e-4),
    );
    expect(steps.length).toBeLessThan(curve.length - 2);
    expect(knots.querySelectorAll('circle')).toHaveLength(steps.length);
    expect(rings.querySelectorAll('circle')).toHaveLength(2);
    const [line] = wide.querySelectorAll('[data-mark=line] path');
    // One straight piece from each point to the next: M once, L for the others.
    expect(line.getAttribute('d')?.match(/[A-Z]/g)?.join('')).toBe(`M${'L'.repeat(curve.length - 1)}`);
  });
});
