import type { JSX } from 'preact';
import { useContext, useId } from 'preact/hooks';
import type { Failure } from '../../api/failure.ts';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { FileNote } from '../../components/file-note.tsx';
import { CrossIcon } from '../../components/icons.tsx';
import { PicturePicker } from '../../components/picture-picker.tsx';
import { PicturePreview } from '../../components/picture-preview.tsx';
import { type Picture, pictureLabel } from '../../pictures/picture.ts';
import { Deployment } from '../../state/deployment.ts';
import type { SearchInputs } from './use-search-inputs.ts';

/** Phrases to begin with: things, and kinds of things. */
const EXAMPLES = ['a rocket', 'an animal', 'fruit', 'a yellow flower', 'the moon'];

interface Props {
  readonly inputs: SearchInputs;
  readonly pictureFailure: Failure | null;
  readonly onRetry: () => void;
}

/** What to search for: a phrase, or a picture in its place. */
export function QueryPanel({ inputs, pictureFailure, onRetry }: Props): JSX.Element {
  const { limits } = useContext(Deployment);
  const id = useId();
  const { phrase, picture, aside, setPhrase, removePicture } = inputs;
  return (
    <section class="panel search-query" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>Search for</h2>
      <div class="search-row">
        <input
          type="search"
          class="field search-phrase"
          aria-label="Phrase"
          placeholder={picture === null ? 'Say what is in the picture' : 'Or a phrase in its place'}
          value={picture === null ? phrase : ''}
          maxLength={limits?.textCharacters}
          onInput={(event) => setPhrase(event.currentTarget.value)}
        />
        {picture !== null && <QueryPicture picture={picture} onRemove={removePicture} />}
        <PicturePicker many={false} onFiles={inputs.chooseFiles} onUrl={inputs.chooseUrl} />
      </div>
      <div class="search-examples" role="group" aria-label="Examples">
        {EXAMPLES.map((example) => (
          <button key={example} type="button" class="suggestion" onClick={() => setPhrase(example)}>
            {example}
          </button>
        ))}
      </div>
      {pictureFailure !== null && <FailureNotice failure={pictureFailure} onRetry={onRetry} />}
      <FileNote pictures={picture ? [picture] : []} />
      {aside !== '' && (
        <p class="hint" role="status">
          {aside}
        </p>
      )}
    </section>
  );
}

function QueryPicture({ picture, onRemove }: { picture: Picture; onRemove: () => void }): JSX.Element {
  return (
    <div class="search-picture">
      <PicturePreview key={picture.id} picture={picture} />
      <span class="search-picture-name">{pictureLabel(picture)}</span>
      <button
        type="button"
        class="icon-button"
        aria-label="Search by the phrase again"
        title="Search by the phrase again"
        onClick={onRemove}
      >
        <CrossIcon />
      </button>
    </div>
  );
}
