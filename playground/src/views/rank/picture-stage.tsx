import type { JSX } from 'preact';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { FileNote } from '../../components/file-note.tsx';
import { PicturePicker } from '../../components/picture-picker.tsx';
import { PicturePreview } from '../../components/picture-preview.tsx';
import { SampleSets } from '../../components/sample-sets.tsx';
import { type Picture, creditOf } from '../../pictures/picture.ts';
import type { OpeningSample, SampleSetName } from '../../pictures/sample-picture.ts';
import type { RankingState } from './use-ranking.ts';
import { Verdict } from './verdict.tsx';

interface Props {
  readonly picture: Picture | null;
  readonly hovering: boolean;
  readonly ranking: RankingState;
  readonly aside: string;
  readonly sampleSet: SampleSetName;
  readonly onSample: (sample: OpeningSample) => void;
  readonly onShowSamples: (name: SampleSetName) => void;
  readonly onFiles: (files: readonly File[]) => void;
  readonly onUrl: (url: string) => void;
}

/** The picture in question, with every way to choose another. */
export function PictureStage(props: Props): JSX.Element {
  const { picture, ranking, hovering, aside, onFiles, onUrl } = props;
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
      <Verdict picture={picture} ranking={ranking} />
      <p class="credit">{picture?.sample ? creditOf(picture.sample) : (picture?.name ?? '')}</p>
      {ranking.pictureFailure !== null && (
        <FailureNotice failure={ranking.pictureFailure} onRetry={ranking.retryPicture} />
      )}
      {aside !== '' && (
        <p class="hint" role="status">
          {aside}
        </p>
      )}
      <FileNote pictures={picture ? [picture] : []} />
      <PicturePicker many={false} onFiles={onFiles} onUrl={onUrl} />
      <SampleSets
        label="Sample pictures"
        mode="one"
        chosen={new Set(picture?.sample ? [picture.sample.url] : [])}
        shown={props.sampleSet}
        onChoose={props.onSample}
        onShow={props.onShowSamples}
      />
    </section>
  );
}
