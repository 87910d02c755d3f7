import type { JSX } from 'preact';
import { Explain } from '../../components/explain.tsx';
import { METRICS, type Metric } from './matrix-cells.ts';

interface Props {
  readonly metric: Metric;
  /** Some score is another number than its cosine. */
  readonly hasScores: boolean;
  readonly onChoose: (metric: Metric) => void;
}

/** Which of the figures the cells show, and what it is. */
export function MetricChoice({ metric, hasScores, onChoose }: Props): JSX.Element {
  return (
    <div class="metric-choice">
      <fieldset class="segments">
        <legend class="visually-hidden">Show in the cells</legend>
        {METRICS.filter((name) => name !== 'score' || hasScores).map((name) => (
          <label key={name} class="segment">
            <input
              type="radio"
              name="metric"
              value={name}
              checked={name === metric}
              onChange={() => onChoose(name)}
            />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <Explain key={metric} term={metric} />
    </div>
  );
}
