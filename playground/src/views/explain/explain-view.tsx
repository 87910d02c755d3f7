import type { JSX } from 'preact';
import { useContext, useId } from 'preact/hooks';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { FileNote } from '../../components/file-note.tsx';
import { PicturePicker } from '../../components/picture-picker.tsx';
import { ProgressLine } from '../../components/progress-line.tsx';
import { RequestPanel } from '../../components/request-panel.tsx';
import { SampleSets } from '../../components/sample-sets.tsx';
import { ViewIntro } from '../../components/view-intro.tsx';
import { useIncomingFiles } from '../../pictures/incoming-files.ts';
import { creditOf } from '../../pictures/picture.ts';
import { Deployment } from '../../state/deployment.ts';
import { CoordinateBars } from './coordinate-bars.tsx';
import { RegionFrame } from './region-frame.tsx';
import { WordShares } from './word-shares.tsx';
import { type ExplainInputs, useExplainInputs } from './use-explain-inputs.ts';
import { type ExplanationState, useExplanation } from './use-explanation.ts';

/** Why a picture and a text score what they do. */
export function ExplainView({ active }: { active: boolean }): JSX.Element {
  const inputs = useExplainInputs();
  const hovering = useIncomingFiles(active, inputs.chooseFiles);
  const state = useExplanation(active, inputs.picture, inputs.text);
  return (
    <div
      class="explanation"
      data-settled={state.freshness === 'current' && state.explained !== null}
      data-freshness={state.freshness}
    >
      <ViewIntro>
        Why a picture and a text score what they do: which part of the picture, which words, and which numbers
        of the vectors. Orange adds to the score, blue takes away.
      </ViewIntro>
      <PicturePanel inputs={inputs} state={state} hovering={hovering} />
      <WhyPanel inputs={inputs} state={state} />
      <RequestPanel
        steps={[
          {
            title: 'Explain',
            note: 'At every change. The picture goes as pixels: an embedding has no regions.',
            request: state.request,
          },
        ]}
      />
    </div>
  );
}

interface Props {
  readonly inputs: ExplainInputs;
  readonly state: ExplanationState;
}

function PicturePanel({ inputs, state, hovering }: Props & { readonly hovering: boolean }): JSX.Element {
  const { picture, aside } = inputs;
  const explained = state.explained?.picture.id === picture?.id ? state.explained : null;
  return (
    <section class="panel" aria-labelledby="explain-picture-title">
      <h2 id="explain-picture-title">Picture</h2>
      <RegionFrame picture={picture} explanation={explained?.explanation ?? null} hovering={hovering} />
      <p class="credit">{picture?.sample ? creditOf(picture.sample) : (picture?.name ?? '')}</p>
      {aside !== '' && (
        <p class="hint" role="status">
          {aside}
        </p>
      )}
      <FileNote pictures={picture ? [picture] : []} />
      <PicturePicker many={false} onFiles={inputs.chooseFiles} onUrl={inputs.chooseUrl} />
      <SampleSets
        label="Sample pictures to explain"
        mode="one"
        chosen={new Set(picture?.sample ? [picture.sample.url] : [])}
        shown={inputs.sampleSet}
        onChoose={inputs.chooseSample}
        onShow={inputs.showSamples}
      />
    </section>
  );
}

function WhyPanel({ inputs, state }: Props): JSX.Element {
  const { limits } = useContext(Deployment);
  const id = useId();
  const { explained, failure } = state;
  return (
    <section class="panel why-panel" aria-labelledby="why-title">
      <h2 id="why-title">Why</h2>
      <label class="why-label" for={id}>
        Text
      </label>
      <input
        id={id}
        class="field"
        value={inputs.text}
        maxLength={limits?.textCharacters ?? undefined}
        onInput={(event) => inputs.setText(event.currentTarget.value)}
      />
      {failure !== null && <FailureNotice failure={failure} onRetry={state.retry} />}
      {explained && <WordShares {...explained.explanation} />}
      {explained && <CoordinateBars {...explained.explanation} />}
      <ProgressLine doing={state.doing} idle={idleWords(inputs)} freshness={state.freshness} />
    </section>
  );
}

function idleWords({ picture, text }: ExplainInputs): string {
  if (picture === null) return 'Choose, drop or paste a picture.';
  return text.trim() === '' ? 'Write a text to see why it fits or does not.' : '';
}
