import type { JSX } from 'preact';

/** What to do once a picture of one's own is there and nothing is written. */
export function OwnCaptionsHint(): JSX.Element {
  return (
    <p class="captions-hint">
      Now write captions: <strong>three things, of which one is true</strong> of your picture.
    </p>
  );
}
