import type { JSX } from 'preact';
import { useContext, useId } from 'preact/hooks';
import { Deployment } from '../state/deployment.ts';
import { Explain } from './explain.tsx';

/** How likely a caption is to belong to a picture before looking: it moves every probability, and no order. */
export function BaseRateControl(): JSX.Element {
  const { baseRate, setBaseRate, selection } = useContext(Deployment);
  const id = useId();
  const recorded = selection?.baseRate ?? 0.5;
  const percent = Math.round((baseRate ?? recorded) * 100);
  return (
    <div class="base-rate">
      <span class="base-rate-name">
        <label for={id}>Base rate</label>
        <Explain term="baseRate" />
      </span>
      <input
        id={id}
        type="range"
        min="1"
        max="99"
        step="1"
        value={percent}
        aria-valuetext={`${percent} percent`}
        aria-describedby={`${id}-why`}
        onInput={(event) => setBaseRate(Number(event.currentTarget.value) / 100)}
      />
      <output for={id}>{percent} %</output>
      <button
        type="button"
        class="button button-quiet"
        disabled={baseRate === null}
        onClick={() => setBaseRate(null)}
      >
        Reset
      </button>
      <p class="hint" id={`${id}-why`}>
        How many captions in a hundred you expect to belong, before looking. It moves the probabilities, never
        the order.
      </p>
    </div>
  );
}
