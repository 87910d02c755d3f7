import type { JSX, TargetedEvent } from 'preact';
import { useId } from 'preact/hooks';
import { EXPLANATIONS, type ExplainedTerm } from './explanations.ts';

/** Between the mark and its bubble, and between the bubble and the edge of the window, in pixels. */
const GAP = 6;

/**
 * A "?" that explains a word where it stands: one sentence and a link to the documents. The browser's own popover: Enter, Space, a click
 * or a tap open it, Escape or a click elsewhere close it, Tab leads into it, and it lies above whatever would clip it. A screen reader hears
 * the sentence at the mark itself. Not inside a `<label>` or a button: it is a button.
 */
export function Explain({ term }: { term: ExplainedTerm }): JSX.Element {
  const id = useId();
  const { question, sentence, href } = EXPLANATIONS[term];
  return (
    <span class="explain">
      <button
        type="button"
        class="explain-mark"
        popovertarget={id}
        aria-label={question}
        aria-describedby={`${id}-sentence`}
      >
        <span aria-hidden="true">?</span>
      </button>
      <span
        id={id}
        class="explain-bubble"
        popover="auto"
        role="note"
        aria-label={question}
        onToggle={placeByMark}
      >
        <span id={`${id}-sentence`}>{sentence}</span>{' '}
        <a href={href} target="_blank" rel="noopener" aria-label={`${question} Read more`}>
          Read more
        </a>
      </span>
    </span>
  );
}

/** Under its mark, or above it where there is no room; never beyond the window's sides. It scrolls with the page. */
function placeByMark({ currentTarget: bubble }: TargetedEvent<HTMLElement>): void {
  const mark = bubble.previousElementSibling?.getBoundingClientRect();
  if (mark === undefined || !bubble.matches(':popover-open')) {
    bubble.style.visibility = '';
    return;
  }
  const { clientWidth, clientHeight } = document.documentElement;
  const { offsetWidth: width, offsetHeight: height } = bubble;
  const left = Math.max(GAP, Math.min(mark.left - 2 * GAP, clientWidth - width - GAP));
  const below = mark.bottom + GAP;
  const isRoomBelow = below + height <= clientHeight || mark.top < height + GAP;
  bubble.style.left = `${left + scrollX}px`;
  bubble.style.top = `${(isRoomBelow ? below : mark.top - GAP - height) + scrollY}px`;
  bubble.style.visibility = 'visible';
}
