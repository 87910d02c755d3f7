import type { JSX } from 'preact';
import type { Freshness } from '../state/freshness.ts';
import { type Pace, usePace } from '../state/pace.ts';

interface Props {
  /** Null when nothing is under way. */
  readonly doing: string | null;
  /** What is said then, and while the wait is too short to tell. */
  readonly idle: string;
  /** Of the answer that stands beside this line. */
  readonly freshness?: Freshness;
}

/**
 * What is happening, and whether what is shown answers what is asked now, in a line that always takes its place, so that nothing
 * below it moves when it speaks.
 */
export function ProgressLine({ doing, idle, freshness = 'none' }: Props): JSX.Element {
  const pace = usePace(doing !== null);
  const stale = staleWords(freshness, pace);
  return (
    <p class={pace === 'quick' ? 'progress' : 'progress progress-busy'} aria-busy={pace !== 'quick'}>
      {/* In the document all the time, so that a screen reader hears it change. */}
      <strong role="status" class="stale">
        {stale}
      </strong>
      {stale !== '' && ' '}
      {progressWords(doing, pace) ?? (stale === '' ? idle : '')}
    </p>
  );
}

function progressWords(doing: string | null, pace: Pace): string | null {
  if (doing === null || pace === 'quick') return null;
  return pace === 'slow'
    ? `${doing}…`
    : `${doing}… The first answer loads the encoder, which takes a few seconds; later ones are quick.`;
}

function staleWords(freshness: Freshness, pace: Pace): string {
  if (freshness === 'failed')
    return 'Out of date: this answers an earlier question, the newest has no answer.';
  return freshness === 'awaiting' && pace !== 'quick' ? 'Out of date: this answers an earlier question.' : '';
}
