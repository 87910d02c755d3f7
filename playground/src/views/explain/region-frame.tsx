import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { ExplanationData } from '../../api/explain-operations.ts';
import { PicturePreview } from '../../components/picture-preview.tsx';
import { type OverlayPicture, useOverlayPicture } from '../../pictures/overlay-picture.ts';
import type { Picture } from '../../pictures/picture.ts';

interface Props {
  readonly picture: Picture | null;
  /** Of this picture; null while there is none. */
  readonly explanation: ExplanationData | null;
  readonly hovering: boolean;
}

const METHOD_WORDS: Readonly<Record<ExplanationData['method'], string>> = {
  AUTO: '',
  NONE: 'No regions.',
  SHARES: 'Regions by exact shares of the score.',
  MASKCLIP: 'Regions by MaskCLIP.',
  GRAD_ECLIP: 'Regions by Grad-ECLIP.',
  GRAD_CAM: 'Regions by Grad-CAM.',
  OCCLUSION: 'Regions by covering parts of the picture.',
};

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

/** The picture with its heat map over it, as strong as one likes. */
export function RegionFrame({ picture, explanation, hovering }: Props): JSX.Element {
  const [shown, setShown] = useState(true);
  const [opacity, setOpacity] = useState(100);
  const id = useId();
  const { overlay = null, seen = null, method = 'NONE' } = explanation ?? {};
  const [left, top, width, height] = seen ?? [0, 0, 1, 1];
  const shownOverlay = useOverlayPicture(overlay ?? null);
  return (
    <div class="regions">
      <figure class={hovering ? 'region-frame stage-hover' : 'region-frame'}>
        {picture === null ? (
          <p class="stage-empty">Drop a picture here</p>
        ) : (
          <>
            <PicturePreview key={picture.id} picture={picture} />
            {shownOverlay && (
              <span class="region-box" style={boxOf(shownOverlay, width, height)}>
                <img
                  class="region-overlay"
                  src={shownOverlay.url}
                  alt="Heat map: orange adds to the score, blue takes away"
                  hidden={!shown}
                  style={{
                    left: percent(left),
                    top: percent(top),
                    width: percent(width),
                    height: percent(height),
                    opacity: opacity / 100,
                  }}
                />
              </span>
            )}
          </>
        )}
      </figure>
      <div class="region-controls">
        <label>
          <input
            type="checkbox"
            checked={shown}
            disabled={!overlay}
            onChange={(event) => setShown(event.currentTarget.checked)}
          />{' '}
          Regions
        </label>
        <label for={id}>Opacity</label>
        <input
          id={id}
          type="range"
          min={0}
          max={100}
          step={10}
          value={opacity}
          disabled={!overlay || !shown}
          aria-valuetext={`${opacity} %`}
          onInput={(event) => setOpacity(Number(event.currentTarget.value))}
        />
      </div>
      <p class="hint region-method">{explanation ? METHOD_WORDS[method] : ''}</p>
    </div>
  );
}

/** The box of the whole picture in the square frame, from what of it the overlay shows: there `object-fit: contain` puts it. */
function boxOf(
  overlay: OverlayPicture,
  seenWidth: number,
  seenHeight: number,
): { readonly width: string; readonly height: string } {
  const ratio = overlay.width / seenWidth / (overlay.height / seenHeight);
  return { width: percent(Math.min(1, ratio)), height: percent(Math.min(1, 1 / ratio)) };
}
