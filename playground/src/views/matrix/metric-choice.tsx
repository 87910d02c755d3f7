import type { JSX } from 'preact';
import { METRICS, type Metric } from './matrix-cells.ts';

interface Props {
  readonly metric: Metric;
  readonly onChoose: (metric: Metric) => void;
}

/** Which of the three figures the cells show. */
export function MetricChoice({ metric, onChoose }: Props): JSX.Element {
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">Show in the cells</legend>
      {METRICS.map((name) => (
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
  );
}
