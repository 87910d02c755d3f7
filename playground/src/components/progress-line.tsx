import type { JSX } from 'preact';
import { usePace } from '../state/pace.ts';

/**
 * What is happening, in a line that always takes its place, so that nothing below it moves when it speaks.
 * @param doing null when nothing is under way
 * @param idle what is said then, and while the wait is too short to tell
 */
export function ProgressLine({ doing, idle }: { doing: string | null; idle: string }): JSX.Element {
  const pace = usePace(doing !== null);
  const words =
    pace === 'quick'
      ? idle
      : pace === 'slow'
        ? `${doing}…`
        : `${doing}… The first answer loads the encoder, which takes a few seconds; later ones are quick.`;
  return (
    <p class={pace === 'quick' ? 'progress' : 'progress progress-busy'} aria-busy={pace !== 'quick'}>
      {words}
    </p>
  );
}
