import type { JSX } from 'preact';
import type { Decision } from '../../../../src/graphql/generated/api.ts';
import type { SelectionData } from '../../api/operations.ts';

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;

/** The scale above the rulers: 0 to 100 %, and where a match begins and a mismatch ends. */
export function RulerScale({ selection }: { selection: SelectionData | null }): JSX.Element {
  return (
    <div class="ruler-scale" aria-hidden="true">
      <div class="ruler-marks">
        <span>0</span>
        <span>50</span>
        <span>100 %</span>
      </div>
      {selection && (
        <div class="ruler-zones">
          <span class="zone-mismatch" style={{ width: percent(selection.mismatchThreshold) }} />
          <span
            class="zone-uncertain"
            style={{ width: percent(selection.matchThreshold - selection.mismatchThreshold) }}
          />
          <span class="zone-match" style={{ width: percent(1 - selection.matchThreshold) }} />
        </div>
      )}
    </div>
  );
}

interface Props {
  readonly probability: number | null;
  readonly interval: readonly number[] | null;
  readonly decision: Decision | null;
  readonly selection: SelectionData | null;
}

/** A probability as a bar on a ruler with the thresholds ticked, its interval as a whisker. The figures stand beside it as text. */
export function ProbabilityRuler({ probability, interval, decision, selection }: Props): JSX.Element {
  return (
    <div class={`ruler ${decision === null ? '' : `ruler-${decision.toLowerCase()}`}`} aria-hidden="true">
      {probability !== null && <span class="ruler-bar" style={{ width: percent(probability) }} />}
      {selection && <span class="ruler-tick" style={{ left: percent(selection.mismatchThreshold) }} />}
      {selection && <span class="ruler-tick" style={{ left: percent(selection.matchThreshold) }} />}
      {interval !== null && (
        <span
          class="ruler-whisker"
          style={{ left: percent(interval[0]), width: percent(interval[1] - interval[0]) }}
        />
      )}
    </div>
  );
}
