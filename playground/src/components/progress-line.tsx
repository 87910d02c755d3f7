import type { JSX } from 'preact';
import type { Pace } from '../state/live-request.ts';

/** What is happening, in a line that always takes its place, so that nothing below it moves when it speaks. */
export function ProgressLine({
  pace,
  doing,
  idle,
}: {
  pace: Pace;
  doing: string;
  idle: string;
}): JSX.Element {
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
