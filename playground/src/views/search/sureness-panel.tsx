import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Explain } from '../../components/explain.tsx';
import type { CorpusData } from '../../api/search-operations.ts';
import { formatCount } from '../../format-numbers.ts';
import { nounOf } from './corpus-noun.ts';
import { baseRateOf, minProbabilityOf } from './narrowing.ts';
import type { SearchInputs } from './use-search-inputs.ts';

interface Props {
  readonly corpus: CorpusData;
  readonly inputs: SearchInputs;
  /** A probability is known for such a query and such a corpus. */
  readonly calibrated: boolean;
}

/** Probabilities on demand: while it is open, every result shows its own. */
export function SurenessPanel({ corpus, inputs, calibrated }: Props): JSX.Element {
  const { showsProbabilities, showProbabilities } = inputs;
  return (
    <details
      class="narrow sureness"
      open={showsProbabilities}
      data-shown={showsProbabilities}
      onToggle={(event) => showProbabilities(event.currentTarget.open)}
    >
      <summary>How sure? Show probabilities</summary>
      <p class="sureness-words">
        {meaning(corpus, inputs, calibrated)} <Explain term="probability" />
      </p>
      <div class="narrow-fields">
        <ExpectedField corpus={corpus} inputs={inputs} enabled={calibrated} />
        <LeastField inputs={inputs} enabled={calibrated} />
      </div>
    </details>
  );
}

function meaning(corpus: CorpusData, { narrowing }: SearchInputs, calibrated: boolean): string {
  if (!calibrated) {
    const pair = corpus.modality === 'TEXT' ? 'a text against texts' : 'a picture against pictures';
    return `Not calibrated: no probability is known for ${pair}.`;
  }
  const expected = baseRateOf(narrowing, corpus) === null ? 1 : Number(narrowing.expected);
  return (
    `The probability that a result fits, when ${expected} of ${formatCount(corpus.count, nounOf(corpus))} ` +
    `${expected === 1 ? 'does' : 'do'}. That is few, so even a right result may look improbable.`
  );
}

interface NumberProps {
  readonly inputs: SearchInputs;
  readonly enabled: boolean;
}

function ExpectedField({ corpus, inputs, enabled }: NumberProps & Pick<Props, 'corpus'>): JSX.Element {
  const id = useId();
  const { narrowing, narrow } = inputs;
  return (
    <div class="narrow-field">
      <span>
        <label for={id}>Expected to fit</label> <Explain term="baseRate" />
      </span>
      <span class="narrow-number">
        <input
          id={id}
          type="number"
          class="field"
          min="1"
          max={corpus.count - 1}
          step="1"
          value={narrowing.expected}
          disabled={!enabled || corpus.count < 2}
          aria-invalid={enabled && baseRateOf(narrowing, corpus) === null}
          aria-describedby={`${id}-why`}
          onInput={(event) => narrow({ expected: event.currentTarget.value })}
        />
        of {formatCount(corpus.count, nounOf(corpus))}
      </span>
      <p class="hint" id={`${id}-why`}>
        The base rate, before looking. It moves the probabilities, never the order.
      </p>
    </div>
  );
}

function LeastField({ inputs, enabled }: NumberProps): JSX.Element {
  const id = useId();
  const { narrowing, narrow } = inputs;
  return (
    <div class="narrow-field">
      <label for={id}>Least probability</label>
      <span class="narrow-number">
        <input
          id={id}
          type="number"
          class="field"
          min="0"
          max="100"
          step="any"
          placeholder="any"
          value={narrowing.atLeast}
          disabled={!enabled}
          aria-invalid={
            narrowing.atLeast !== '' &&
            Number(narrowing.atLeast) !== 0 &&
            minProbabilityOf(narrowing) === null
          }
          aria-describedby={`${id}-why`}
          onInput={(event) => narrow({ atLeast: event.currentTarget.value })}
        />
        %
      </span>
      <p class="hint" id={`${id}-why`}>
        {enabled
          ? 'What is less probable is left out, while this is open.'
          : 'Not calibrated: there is none.'}
      </p>
    </div>
  );
}
