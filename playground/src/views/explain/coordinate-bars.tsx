import type { JSX } from 'preact';
import type { ContributionData, ExplanationData } from '../../api/explain-operations.ts';
import { formatSigned } from '../../format-numbers.ts';

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;

/** The largest contributions as bars from a middle line, with what the coordinate stands for. */
export function CoordinateBars({
  contributions,
  score,
  bias,
}: Pick<ExplanationData, 'contributions' | 'score' | 'bias'>): JSX.Element {
  const most = contributions.reduce((largest, { value }) => Math.max(largest, Math.abs(value)), 0);
  const shown = contributions.reduce((sum, { value }) => sum + value, 0);
  return (
    <div class="coordinates">
      <h3>Coordinates</h3>
      <ol aria-label="Coordinates that count most">
        {contributions.map((contribution) => (
          <CoordinateRow key={contribution.coordinate} {...contribution} most={most} />
        ))}
      </ol>
      <p class="hint">
        These {contributions.length} make {formatSigned(shown)} of the score
        {bias === 0 ? '' : `, a constant ${formatSigned(bias)}`}, all others{' '}
        {formatSigned(score - bias - shown)}.
      </p>
    </div>
  );
}

function CoordinateRow({
  coordinate,
  value,
  words,
  examples,
  most,
}: ContributionData & { readonly most: number }): JSX.Element {
  const share = most === 0 ? 0 : Math.abs(value) / most / 2;
  return (
    <li class="coordinate">
      <span class="coordinate-name">{coordinate}</span>
      <span class="coordinate-bar" aria-hidden="true">
        <span
          class={value < 0 ? 'bar-takes' : 'bar-adds'}
          style={{ left: percent(value < 0 ? 0.5 - share : 0.5), width: percent(share) }}
        />
      </span>
      <span class="coordinate-value">{formatSigned(value)}</span>
      <span class="coordinate-words">
        {words.length === 0 ? 'Nothing is published on what it stands for.' : words.join(', ')}
        {examples.length > 0 && (
          <span class="coordinate-examples"> ({examples.map(({ caption }) => caption).join('; ')})</span>
        )}
      </span>
    </li>
  );
}
