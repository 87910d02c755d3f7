import { filledBins, reliabilityChart, scoreHistogram } from './charts.ts';
import { type Html, html } from './html.ts';
import { figure, scroller } from './page-parts.ts';
import type { PrecomputeReport } from './report-data.ts';
import { describeThresholds } from './report-words.ts';

type Calibration = PrecomputeReport['calibration'];

/** The calibrator and how it did on held-out pairs: formula, reliability, histogram, decisions. */
export function calibrationSection(fit: Calibration): Html {
  const thresholds = {
    match: fit.matchScore ?? Infinity,
    mismatch: fit.mismatchScore ?? -Infinity,
  };
  const bins = filledBins(fit.bins);
  return html`<h2 id="calibration">What a score means</h2>
    <p>
      probability = 1 / (1 + exp(−(${(fit.slope ?? 0).toFixed(3)} · score
      ${(fit.intercept ?? 0) < 0 ? '−' : '+'} ${Math.abs(fit.intercept ?? 0).toFixed(3)}))) at a base rate of
      ${fit.baseRate}: one caption in ${(1 / fit.baseRate).toFixed(0)} belongs to its picture. Each fold is
      judged by a calibrator fitted on the other folds' held-out scores: expected calibration error
      ${fit.ece.toFixed(3)}, Brier score ${fit.brier.toFixed(3)} over ${fit.pairs} pairs.
    </p>
    ${figure(reliabilityChart(fit.bins), 'Numbers above: held-out pairs in that bin. Vertical lines: 95% Wilson intervals. On the dashed line the probability is right.', 'narrow')}
    ${scroller(
      'Reliability by bin',
      html`<table>
        <thead>
          <tr>
            <th scope="col">probability</th>
            <th scope="col">pairs</th>
            <th scope="col">mean predicted</th>
            <th scope="col">truly matched</th>
          </tr>
        </thead>
        <tbody>
          ${bins.map(
            (bin) =>
              html`<tr>
                <th scope="row">${bin.low.toFixed(1)} to ${bin.high.toFixed(1)}</th>
                <td>${bin.count}</td>
                <td>${bin.meanProbability.toFixed(3)}</td>
                <td>${bin.matchShare.toFixed(3)}</td>
              </tr>`,
          )}
        </tbody>
      </table>`,
    )}
    <p>
      <span class="key" style="background: var(--match)"></span>matches rise,
      <span class="key" style="background: var(--mismatch)"></span>mismatches hang. ${describeThresholds(fit)}
    </p>
    ${figure(scoreHistogram(fit.histogram, thresholds), 'Held-out scores of matching and mismatched pairs, with the decision thresholds.')}
    ${decisionTable(fit.decisions)}`;
}

function decisionTable(decisions: Calibration['decisions']): Html {
  const row = (name: string, said: { match: number; uncertain: number; mismatch: number }): Html => {
    const total = said.match + said.uncertain + said.mismatch;
    const cell = (count: number): Html =>
      html`<td>${count} <span class="sd">${((100 * count) / total).toFixed(1)}%</span></td>`;
    return html`<tr>
      <th scope="row">${name}</th>
      ${cell(said.match)} ${cell(said.uncertain)} ${cell(said.mismatch)}
    </tr>`;
  };
  return scroller(
    'Decisions on held-out pairs',
    html`<table>
      <caption>
        Decisions on held-out pairs: rows what was true, columns what was said
      </caption>
      <thead>
        <tr>
          <th scope="col">truth</th>
          <th scope="col">match</th>
          <th scope="col">uncertain</th>
          <th scope="col">mismatch</th>
        </tr>
      </thead>
      <tbody>
        ${row('match', decisions.match)} ${row('mismatch', decisions.mismatch)}
      </tbody>
    </table>`,
  );
}
