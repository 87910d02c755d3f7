import type { JSX } from 'preact';
import type { Decision } from '../../../../src/graphql/generated/api.ts';
import type { ThresholdsData } from '../../api/operations.ts';
import { decisionWord } from '../../components/decision-mark.tsx';
import { Explain } from '../../components/explain.tsx';

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;

/** The scale above the rulers: 0 to 100 %, and where a match begins and a mismatch ends. */
export function RulerScale({ thresholds }: { thresholds: ThresholdsData | null }): JSX.Element {
  const zones = thresholds === null ? [] : zonesOf(thresholds);
  return (
    <div class="ruler-scale">
      <div class="ruler-name">
        <span>Probability</span> <Explain term="probability" />
      </div>
      <div class="ruler-marks" aria-hidden="true">
        <span>0</span>
        <span>50</span>
        <span>100 %</span>
      </div>
      <div class="ruler-zones" aria-hidden="true">
        {zones.map(({ decision, share }) => (
          <span
            key={decision}
            class={`zone zone-${decisionWord(decision)}`}
            style={{ width: percent(share) }}
          />
        ))}
      </div>
      <div class="zone-words" aria-hidden="true">
        {zones
          .filter(({ share }) => share > 0)
          .map(({ decision, share }) => (
            // A narrow zone's word is as wide as it is, and stands as near its zone as the others leave room.
            <span
              key={decision}
              class={`zone-word zone-${decisionWord(decision)}`}
              style={{ flexGrow: share }}
            >
              {decisionWord(decision)}
            </span>
          ))}
      </div>
      <Explain term="decision" />
    </div>
  );
}

interface Zone {
  readonly decision: Decision;
  /** Of the scale; 0 where the selection never decides so. */
  readonly share: number;
}

/** Where the zones end; a closed side has none. */
function endsOf({ match, mismatch }: ThresholdsData): [number, number] {
  return [mismatch ?? 0, match ?? 1];
}

function zonesOf(thresholds: ThresholdsData): readonly Zone[] {
  const [mismatch, match] = endsOf(thresholds);
  return [
    { decision: 'MISMATCH', share: mismatch },
    { decision: 'UNCERTAIN', share: match - mismatch },
    { decision: 'MATCH', share: 1 - match },
  ];
}

interface Props {
  readonly probability: number | null;
  readonly interval: readonly number[] | null;
  readonly decision: Decision | null;
  readonly thresholds: ThresholdsData | null;
}

/** A probability as a bar on a ruler with the thresholds ticked, its interval as a whisker. The figures stand beside it as text. */
export function ProbabilityRuler({ probability, interval, decision, thresholds }: Props): JSX.Element {
  return (
    <div class={`ruler ${decision === null ? '' : `ruler-${decision.toLowerCase()}`}`} aria-hidden="true">
      {probability !== null && <span class="ruler-bar" style={{ width: percent(probability) }} />}
      {thresholds &&
        endsOf(thresholds).map((end) => <span key={end} class="ruler-tick" style={{ left: percent(end) }} />)}
      {interval !== null && (
        <span
          class="ruler-whisker"
          style={{ left: percent(interval[0]), width: percent(interval[1] - interval[0]) }}
        />
      )}
    </div>
  );
}
