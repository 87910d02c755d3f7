import type { JSX } from 'preact';
import type { Picture } from '../pictures/picture.ts';

/** Says that a picture of a file is not part of the page's address, where there is one. */
export function FileNote({ pictures }: { pictures: readonly Picture[] }): JSX.Element | null {
  if (!pictures.some(({ file }) => file !== null)) return null;
  return (
    <p class="hint" data-testid="file-note">
      The address keeps everything but your file: after a reload, or for whom you send the link, it is chosen
      again.
    </p>
  );
}
