import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { DecisionMark } from '../../components/decision-mark.tsx';
import { StoredPicture } from '../../components/stored-picture.tsx';
import { formatPercent, formatScore } from '../../format-numbers.ts';
import type { Freshness } from '../../state/freshness.ts';
import { arrowTarget } from '../../state/roving-focus.ts';
import type { Result } from './result.ts';

interface Props {
  /** Null before the first answer. */
  readonly results: readonly Result[] | null;
  /** Places kept, so that nothing below moves while results come and go. */
  readonly room: number;
  /** Each result shows its own. */
  readonly hasProbabilities: boolean;
  /** From the first on; those behind are marked. Null: not known. */
  readonly relevantCount: number | null;
  readonly freshness: Freshness;
  /** Results without a picture are searched by too: their text is the query. */
  readonly areTexts: boolean;
  /** Which of the results that come after these takes the focus, unless it has gone elsewhere; null: none. */
  readonly focusNext: FocusNext | null;
  readonly onFocused: () => void;
  readonly onMoreLike: (result: Result) => void;
}

/** Where the focus goes once other results are there than those it left. */
export interface FocusNext {
  readonly place: number;
  readonly left: readonly Result[];
}

const NONE: readonly Result[] = [];

/** Results, best first. One Tab stop; arrow keys move within. */
export function ResultList(props: Props): JSX.Element {
  const { room, hasProbabilities, freshness, areTexts, focusNext, onFocused, onMoreLike } = props;
  const results = props.results ?? NONE;
  const list = useRef<HTMLOListElement>(null);
  const [stopId, setStopId] = useState<string | null>(null);
  const usable = results.filter(({ picture, caption }) => picture !== null || (areTexts && caption !== null));
  const stop = usable.find(({ edge }) => edge.id === stopId) ?? usable[0];
  useLayoutEffect(() => {
    if (focusNext === null || results === focusNext.left) return;
    const item = list.current?.children[focusNext.place];
    if (item instanceof HTMLElement && isFocusFree(list.current))
      (item.querySelector('button') ?? item).focus();
    onFocused();
  }, [focusNext, results]);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>): void => {
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
    const target = event.target instanceof HTMLElement ? arrowTarget(event.key, buttons, event.target) : null;
    if (target === null) return;
    event.preventDefault();
    target.focus();
  };
  const hasPictures = results.length === 0 || results.some(({ picture }) => picture !== null);
  return (
    <ol
      ref={list}
      class={`results ${hasPictures ? 'results-grid' : 'results-rows'} ${props.results === null ? 'results-waiting' : ''} ${hasProbabilities ? 'results-sure' : ''}`}
      data-freshness={freshness}
      aria-label="Results, best first"
      onKeyDown={onKeyDown}
    >
      {results.map((result, index) => (
        <ResultItem
          key={result.edge.id}
          result={result}
          place={index + 1}
          hasProbability={hasProbabilities}
          isBeyond={props.relevantCount !== null && index >= props.relevantCount}
          onMoreLike={usable.includes(result) ? onMoreLike : null}
          isStop={result === stop}
          onFocus={() => setStopId(result.edge.id)}
        />
      ))}
      {hasPictures &&
        Array.from({ length: Math.max(0, room - results.length) }, (_, index) => (
          <li key={`room-${index}`} class="result result-room" aria-hidden="true" />
        ))}
    </ol>
  );
}

/** Whether the focus is still where results are, or was lost with one that is gone: nobody has moved on. */
function isFocusFree(list: HTMLElement | null): boolean {
  const { activeElement } = document;
  return activeElement === document.body || list?.parentElement?.contains(activeElement) === true;
}

interface ItemProps {
  readonly result: Result;
  /** From 1, the closest. */
  readonly place: number;
  readonly hasProbability: boolean;
  /** Behind where relevance ends. */
  readonly isBeyond: boolean;
  readonly isStop: boolean;
  /** Null: there is nothing to search by. */
  readonly onMoreLike: ((result: Result) => void) | null;
  readonly onFocus: () => void;
}

function ResultItem(props: ItemProps): JSX.Element {
  const { result, place, hasProbability, isBeyond, isStop, onMoreLike, onFocus } = props;
  const { edge, label, details, picture } = result;
  const button = onMoreLike && {
    type: 'button' as const,
    title: 'Search by this one',
    tabIndex: isStop ? 0 : -1,
    onClick: () => onMoreLike(result),
    onFocus,
  };
  return (
    <li
      class="result"
      data-id={edge.id}
      data-beyond={isBeyond}
      data-decision={hasProbability ? edge.decision : undefined}
      tabIndex={-1}
    >
      {picture !== null && button ? (
        <button {...button} class="result-picture" aria-label={`More like ${label}`}>
          <StoredPicture src={picture.url} alt="" size={192} />
        </button>
      ) : null}
      <p class="result-label">
        {picture === null && button ? (
          <button {...button} class="result-text">
            {label}
          </button>
        ) : (
          label
        )}
      </p>
      <Closeness result={result} place={place} />
      {hasProbability && (
        <p class="result-figure">
          <strong>{formatPercent(edge.probability)}</strong> <DecisionMark decision={edge.decision} />
        </p>
      )}
      <p class="result-details" title={picture === null ? undefined : edge.id}>
        {picture === null ? (
          <>
            {label !== edge.id && <span>{edge.id}</span>}
            {details.map(([name, value]) => (
              <span key={name}>
                {name}: {value}
              </span>
            ))}
          </>
        ) : (
          [picture.source, picture.licence].filter((word) => word !== '').join(' · ') || edge.id
        )}
      </p>
    </li>
  );
}

/** The place, how close it comes as a bar, and the number behind it. */
function Closeness({ result, place }: Pick<ItemProps, 'result' | 'place'>): JSX.Element {
  const { closeness, by } = result;
  return (
    <p class="result-closeness">
      <span class="result-place">{place}</span>
      {closeness !== null && (
        <span
          class="closeness"
          role="meter"
          aria-label="Closeness"
          aria-valuemin={0}
          aria-valuemax={1}
          aria-valuenow={Number(closeness.toFixed(3))}
        >
          <span style={{ width: `${100 * closeness}%` }} />
        </span>
      )}
      <span class="result-measure">
        {by.name} {formatScore(by.value)}
      </span>
    </p>
  );
}
