import type { JSX } from 'preact';
import { useContext } from 'preact/hooks';
import { sampleSets } from 'virtual:sample-pictures';
import type { OpeningSample, SampleSetName } from '../pictures/sample-picture.ts';
import { Deployment } from '../state/deployment.ts';
import { SampleGrid } from './sample-grid.tsx';

interface Props {
  readonly label: string;
  readonly mode: 'one' | 'many';
  readonly chosen: ReadonlySet<string>;
  readonly shown: SampleSetName;
  readonly onChoose: (sample: OpeningSample) => void;
  readonly onShow: (name: SampleSetName) => void;
}

/** The sample pictures of one set, why they are these, and the way to the other. */
export function SampleSets({ shown, onShow, ...grid }: Props): JSX.Element | null {
  const { encoder } = useContext(Deployment);
  if (sampleSets.right.length === 0) return null;
  const isChooser = encoder === null || encoder.fingerprint === sampleSets.fingerprint;
  const other = shown === 'right' ? 'hard' : 'right';
  return (
    <div class="sample-sets">
      <p class="sample-claim">
        {/* Its room is kept until it is known which encoder answers. */}
        <span class={encoder === null ? 'unknown' : undefined}>
          {isChooser
            ? CLAIMS[shown]
            : 'Samples of the project. It was not tried which of them this encoder gets right.'}
        </span>
        {sampleSets.hard.length > 0 && (
          <button type="button" class="button button-quiet" onClick={() => onShow(other)}>
            {isChooser ? BUTTONS[other] : 'Others'}
          </button>
        )}
      </p>
      <SampleGrid samples={sampleSets[shown]} {...grid} />
    </div>
  );
}

const CLAIMS: Readonly<Record<SampleSetName, string>> = {
  right: 'Chosen because this encoder gets them right among these captions.',
  hard: 'Chosen because this encoder gets them wrong: it puts other captions first.',
};

const BUTTONS: Readonly<Record<SampleSetName, string>> = { right: 'Easy ones', hard: 'Hard ones' };
