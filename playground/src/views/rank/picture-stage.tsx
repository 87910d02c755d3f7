import type { JSX } from 'preact';
import type { Failure } from '../../api/failure.ts';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { FileNote } from '../../components/file-note.tsx';
import { PicturePicker } from '../../components/picture-picker.tsx';
import { PicturePreview } from '../../components/picture-preview.tsx';
import { SampleGrid } from '../../components/sample-grid.tsx';
import { type Picture, creditOf } from '../../pictures/picture.ts';
import type { SamplePicture } from '../../pictures/sample-picture.ts';

interface Props {
  readonly picture: Picture | null;
  readonly hovering: boolean;
  readonly failure: Failure | null;
  readonly aside: string;
  readonly onSample: (sample: SamplePicture) => void;
  readonly onFiles: (files: readonly File[]) => void;
  readonly onUrl: (url: string) => void;
  readonly onRetry: () => void;
}

/** The picture in question, with every way to choose another. */
export function PictureStage(props: Props): JSX.Element {
  const { picture, hovering, failure, aside, onSample, onFiles, onUrl, onRetry } = props;
  return (
    <section class="panel stage" aria-labelledby="picture-title">
      <h2 id="picture-title">Picture</h2>
      <figure class={hovering ? 'stage-frame stage-hover' : 'stage-frame'}>
        {picture === null ? (
          <p class="stage-empty">Drop a picture here</p>
        ) : (
          <PicturePreview key={picture.id} picture={picture} />
        )}
        {hovering && <p class="stage-drop">Drop to use this picture</p>}
      </figure>
      <p class="credit">{picture?.sample ? creditOf(picture.sample) : (picture?.name ?? '')}</p>
      {failure !== null && <FailureNotice failure={failure} onRetry={onRetry} />}
      {aside !== '' && (
        <p class="hint" role="status">
          {aside}
        </p>
      )}
      <FileNote pictures={picture ? [picture] : []} />
      <PicturePicker many={false} onFiles={onFiles} onUrl={onUrl} />
      <SampleGrid
        label="Sample pictures"
        mode="one"
        chosen={new Set(picture?.sample ? [picture.sample.url] : [])}
        onChoose={onSample}
      />
    </section>
  );
}
