import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { RankedItemData } from '../../api/operations.ts';
import { DecisionMark } from '../../components/decision-mark.tsx';
import { CheckIcon, CrossIcon } from '../../components/icons.tsx';
import { formatCount, formatPercent } from '../../format-numbers.ts';
import type { Picture } from '../../pictures/picture.ts';
import type { RankingState } from './use-ranking.ts';

interface Facts {
  readonly best: RankedItemData;
  readonly text: string;
  readonly count: number;
  /** Why not to believe the best; null where nothing speaks against it. */
  readonly doubt: string | null;
  /** A sample's own caption where it was ranked; null where nobody knows what is right. */
  readonly own: { readonly text: string; readonly item: RankedItemData } | null;
}

/**
 * The answer in a line, under the picture: the best caption, how probable it is, and whether it is the right one where that is known.
 * While a newer answer is awaited the last one stays, faint.
 */
export function Verdict({
  picture,
  ranking,
}: {
  picture: Picture | null;
  ranking: RankingState;
}): JSX.Element {
  const last = useRef<Facts | null>(null);
  const { freshness } = ranking;
  const isCurrent = freshness === 'current' && ranking.items !== null;
  if (isCurrent) last.current = factsOf(picture, ranking);
  if (freshness === 'none') last.current = null;
  const facts = last.current;
  if (facts === null) return <div class="verdict" />;
  const { best, text, count, own, doubt } = facts;
  return (
    <div class="verdict" data-freshness={freshness} data-right={own && own.item === best}>
      <p class="verdict-best">
        <strong>{text}</strong>{' '}
        <span>
          {typeof best.probability === 'number' && formatPercent(best.probability)}{' '}
          {best.decision && <DecisionMark decision={best.decision} />}
        </span>
      </p>
      <p class="hint">
        {own === null ? (
          `The best of ${formatCount(count, 'caption')}.`
        ) : own.item === best ? (
          <>
            <CheckIcon /> Right: this is the picture’s own caption.
          </>
        ) : (
          <>
            <CrossIcon /> Wrong: the picture’s own caption is “{own.text}”
            {typeof own.item.probability === 'number' && `, ${formatPercent(own.item.probability)}`}.
          </>
        )}
        {doubt !== null && ` ${doubt}`}
      </p>
    </div>
  );
}

function factsOf(
  picture: Picture | null,
  { items, lines, anyMatch }: Pick<RankingState, 'items' | 'lines' | 'anyMatch'>,
): Facts | null {
  if (items === null) return null;
  const [best] = items;
  if (best === undefined || best.error) return null;
  const own = picture?.sample?.caption;
  const item = items.find(({ index }) => lines[index]?.text === own);
  return {
    best,
    text: lines[best.index]?.text ?? '',
    count: items.length,
    doubt: doubtOf(best, anyMatch),
    own: own === undefined || item === undefined ? null : { text: own, item },
  };
}

function doubtOf({ domain }: RankedItemData, anyMatch: number | null): string | null {
  if (typeof domain?.reason === 'string') {
    return 'Picture or caption is unlike those that the selection was calibrated on: nothing is decided.';
  }
  return anyMatch !== null && anyMatch < 0.5 ? 'Nothing here seems to fit.' : null;
}
