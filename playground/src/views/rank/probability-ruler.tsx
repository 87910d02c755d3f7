import type { JSX } from 'preact';
import type { Decision } from '../../../../src/graphql/generated/api.ts';
import type { SelectionData } from '../../api/operations.ts';
import { decisionWord } from '../../components/decision-mark.tsx';

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
      <div class="ruler-zones">
        {selection && (
          <>
            <Zone decision="MISMATCH" share={selection.mismatchThreshold} />
            <Zone decision="UNCERTAIN" share={selection.matchThreshold - selection.mismatchThreshold} />
            <Zone decision="MATCH" share={1 - selection.matchThreshold} />
          </>
        )}
      </div>
    </div>
  );
}

/** Narrower than this share of the scale, a zone has no room for its word; its colour stays. */
const LEAST_SHARE_FOR_WORD = 0.18;

function Zone({ decision, share }: { decision: Decision; share: number }): JSX.Element {
  const word = decisionWord(decision);
  return (
    <span class={`zone zone-${word}`} style={{ width: percent(share) }}>
      {share >= LEAST_SHARE_FOR_WORD ? word : ''}
    </span>
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
