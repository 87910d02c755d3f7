import type { JSX, TargetedKeyboardEvent } from 'preact';
import type { OpeningSample } from '../pictures/sample-picture.ts';
import { arrowTarget } from '../state/roving-focus.ts';

interface Props {
  readonly samples: readonly OpeningSample[];
  readonly label: string;
  /** URLs of the chosen ones. */
  readonly chosen: ReadonlySet<string>;
  /** `one`: choosing another leaves the last (radio buttons). `many`: choosing toggles. */
  readonly mode: 'one' | 'many';
  readonly onChoose: (sample: OpeningSample) => void;
}

/** The sample pictures. One Tab stop; arrow keys move within. */
export function SampleGrid({ samples, label, chosen, mode, onChoose }: Props): JSX.Element {
  const stop = samples.find(({ url }) => chosen.has(url)) ?? samples[0];
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>): void => {
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
    const target = event.target instanceof HTMLElement ? arrowTarget(event.key, buttons, event.target) : null;
    if (target === null) return;
    event.preventDefault();
    target.focus();
    // Radio buttons choose as the arrow keys move; toggles wait for Space or Enter.
    if (mode === 'one') target.click();
  };
  return (
    <div
      class="samples"
      role={mode === 'one' ? 'radiogroup' : 'group'}
      aria-label={label}
      onKeyDown={onKeyDown}
    >
      {samples.map((sample) => (
        <SampleButton
          key={sample.url}
          sample={sample}
          mode={mode}
          chosen={chosen.has(sample.url)}
          isStop={sample === stop}
          onChoose={onChoose}
        />
      ))}
    </div>
  );
}

interface ButtonProps {
  readonly sample: OpeningSample;
  readonly mode: Props['mode'];
  readonly chosen: boolean;
  readonly isStop: boolean;
  readonly onChoose: Props['onChoose'];
}

function SampleButton({ sample, mode, chosen, isStop, onChoose }: ButtonProps): JSX.Element {
  const state =
    mode === 'one' ? { role: 'radio' as const, 'aria-checked': chosen } : { 'aria-pressed': chosen };
  return (
    <button
      type="button"
      class="sample"
      title={sample.caption}
      aria-label={sample.caption}
      tabIndex={isStop ? 0 : -1}
      onClick={() => onChoose(sample)}
      {...state}
    >
      <img src={sample.url} alt="" width="56" height="56" loading="lazy" decoding="async" />
    </button>
  );
}
