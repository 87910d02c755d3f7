import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { fromItemError } from '../../api/failure.ts';
import type { RankedItemData, ThresholdsData } from '../../api/operations.ts';
import { DecisionMark } from '../../components/decision-mark.tsx';
import { Explain } from '../../components/explain.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { formatPercent, formatScore, scoresDiffer } from '../../format-numbers.ts';
import type { CaptionLine } from '../../state/captions.ts';
import type { Freshness } from '../../state/freshness.ts';
import { useFlip } from '../../state/use-flip.ts';
import { relevanceWords } from './describe-ranking.ts';
import { ProbabilityRuler, RulerScale } from './probability-ruler.tsx';

interface Props {
  /** What the items' indices point into. */
  readonly lines: readonly CaptionLine[];
  /** Best first; null where there is no answer: the lines then stand in the order typed, unmeasured. */
  readonly items: readonly RankedItemData[] | null;
  /** Items from the first on that seem to fit; null where that is not known. */
  readonly relevantCount: number | null;
  readonly thresholds: ThresholdsData | null;
  readonly freshness: Freshness;
  /** A sample's own caption, to be marked; null for a picture of one's own. */
  readonly ownCaption: string | null;
  /** Where a caption of the list is explained; null where there is nothing to explain. */
  readonly whyOf: (text: string) => string | null;
}

/** Captions, best first, each with its probability against the thresholds. */
export function RankingList(props: Props): JSX.Element {
  const { lines, items, relevantCount, thresholds, freshness, ownCaption, whyOf } = props;
  const list = useRef<HTMLOListElement>(null);
  const rows: readonly RankedItemData[] = items ?? lines.map((_, index) => ({ index }));
  const hasScores = scoresDiffer(rows.filter(({ error }) => !error));
  useFlip(list, rows.map(({ index }) => lines[index]?.id).join());
  return (
    <div class="ranking" data-freshness={freshness} data-settled={freshness === 'current' && items !== null}>
      <RulerScale thresholds={thresholds} />
      <p class="ranking-relevance" data-freshness={freshness}>
        {items === null ? null : relevanceWords(relevantCount)}
      </p>
      <ol ref={list} class="ranking-rows" aria-label="Captions, best first">
        {rows.map((item, place) => {
          const line = lines[item.index];
          return (
            <RankingRow
              key={line.id}
              {...{ line, item, thresholds, hasScores }}
              isBest={items !== null && place === 0}
              isEnd={items !== null && place === relevantCount && place > 0}
              isOwn={line.text === ownCaption}
              why={whyOf(line.text)}
            />
          );
        })}
      </ol>
      {rows.length > 0 && <FigureNames hasScores={hasScores} />}
    </div>
  );
}

/** What the figures of every row are, said once. */
function FigureNames({ hasScores }: { hasScores: boolean }): JSX.Element {
  return (
    <p class="figure-names">
      <span>
        cosine <Explain term="cosine" />
      </span>
      {hasScores && (
        <span>
          score <Explain term="score" />
        </span>
      )}
      <span>
        95 % interval <Explain term="interval" />
      </span>
    </p>
  );
}

interface RowProps {
  readonly line: CaptionLine;
  readonly item: RankedItemData;
  readonly thresholds: ThresholdsData | null;
  /** Some score is another number than its cosine. */
  readonly hasScores: boolean;
  readonly isBest: boolean;
  /** The first behind where relevance ends. */
  readonly isEnd: boolean;
  readonly isOwn: boolean;
  readonly why: string | null;
}

function RankingRow(props: RowProps): JSX.Element {
  const { line, item, thresholds, hasScores, isBest, isEnd, isOwn, why } = props;
  const { probability, probabilityInterval, cosine, score, decision, error } = item;
  if (error) {
    return (
      <li class="ranking-row" data-key={line.id} data-end={isEnd}>
        <p class="ranking-text">{line.text}</p>
        <FailureNotice failure={fromItemError(error)} inline />
      </li>
    );
  }
  return (
    <li
      class={isBest ? 'ranking-row ranking-best' : 'ranking-row'}
      data-key={line.id}
      data-decision={decision}
      data-end={isEnd}
    >
      <div class="ranking-caption">
        <p class="ranking-text">{line.text}</p>
        {isOwn && <span class="own-mark">its own</span>}
      </div>
      <span class="ranking-decision">{decision && <DecisionMark decision={decision} />}</span>
      <ProbabilityRuler
        probability={probability ?? null}
        interval={probabilityInterval ?? null}
        decision={decision ?? null}
        thresholds={thresholds}
      />
      <span class="ranking-percent">{typeof probability === 'number' ? formatPercent(probability) : ''}</span>
      <dl class="ranking-figures">
        <dt>cosine</dt>
        <dd>{typeof cosine === 'number' ? formatScore(cosine) : '–'}</dd>
        {hasScores && (
          <>
            <dt>score</dt>
            <dd>{typeof score === 'number' ? formatScore(score) : '–'}</dd>
          </>
        )}
        <dt>95 % interval</dt>
        <dd>
          {probabilityInterval
            ? `${formatPercent(probabilityInterval[0])} to ${formatPercent(probabilityInterval[1])}`
            : '–'}
        </dd>
      </dl>
      {why !== null && (
        <a class="why-link" href={why} aria-label={`Why? “${line.text}”`}>
          Why?
        </a>
      )}
    </li>
  );
}
