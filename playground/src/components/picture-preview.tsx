import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Picture, pictureLabel } from '../pictures/picture.ts';
import { OutIcon, WarningIcon } from './icons.tsx';
import { StoredPicture } from './stored-picture.tsx';

/** A picture, or a sign in its place where the browser cannot show it either. Give it the picture's id as key. */
export function PicturePreview({ picture }: { picture: Picture }): JSX.Element {
  const [broken, setBroken] = useState(false);
  if (picture.previewUrl === null) {
    return (
      <span
        class="preview-broken preview-away"
        role="img"
        aria-label={`${pictureLabel(picture)}: not shown here`}
      >
        <OutIcon />
        {/* Seen where there is room. */}
        <span class="preview-away-words">Fetched by the API, not shown here</span>
      </span>
    );
  }
  if (broken) {
    return (
      <span class="preview-broken" role="img" aria-label={`${pictureLabel(picture)}: cannot be shown`}>
        <WarningIcon />
      </span>
    );
  }
  const alt = picture.sample ? 'The sample picture' : `Your picture ${picture.name}`;
  return (
    <StoredPicture class="preview" src={picture.previewUrl} alt={alt} onBroken={() => setBroken(true)} />
  );
}
