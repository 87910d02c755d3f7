import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { CorpusData } from '../../api/search-operations.ts';
import { formatCount } from '../../format-numbers.ts';
import { baseRateOf, minProbabilityOf } from './narrowing.ts';
import type { SearchInputs } from './use-search-inputs.ts';

interface Props {
  readonly corpora: readonly CorpusData[];
  readonly corpus: CorpusData;
  readonly inputs: SearchInputs;
  /** The figures are probabilities, which a least one and a base rate speak of. */
  readonly calibrated: boolean;
  /** Values of the chosen field that results have shown. */
  readonly values: readonly string[];
}

/** Where to search, how many are expected, and what is left out. Folded away where it would push the results off a phone. */
export function NarrowPanel({ corpora, corpus, inputs, calibrated, values }: Props): JSX.Element {
  const [startsOpen] = useState(() => matchMedia('(min-width: 40rem)').matches);
  return (
    <details class="narrow" open={startsOpen}>
      <summary>Narrow down</summary>
      <div class="narrow-fields">
        {corpora.length > 1 && <CorpusPicker corpora={corpora} corpus={corpus} inputs={inputs} />}
        <ExpectedField corpus={corpus} inputs={inputs} enabled={calibrated} />
        <LeastField inputs={inputs} enabled={calibrated} />
        {corpus.fields.length > 0 && <FilterFields corpus={corpus} inputs={inputs} values={values} />}
      </div>
    </details>
  );
}

function CorpusPicker({
  corpora,
  corpus,
  inputs,
}: Pick<Props, 'corpora' | 'corpus' | 'inputs'>): JSX.Element {
  const id = useId();
  return (
    <div class="narrow-field">
      <label for={id}>Corpus</label>
      <select
        id={id}
        class="field"
        value={corpus.name}
        onChange={(event) => inputs.chooseCorpus(event.currentTarget.value)}
      >
        {corpora.map(({ name, count }) => (
          <option key={name} value={name}>
            {name} ({count})
          </option>
        ))}
      </select>
    </div>
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
      <label for={id}>Expected to fit</label>
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
        {enabled ? 'What is less probable is left out.' : 'Not calibrated: there is none.'}
      </p>
    </div>
  );
}

function FilterFields({ corpus, inputs, values }: Pick<Props, 'corpus' | 'inputs' | 'values'>): JSX.Element {
  const id = useId();
  const { narrowing, narrow } = inputs;
  const isOff = narrowing.field === '';
  return (
    <div class="narrow-field" role="group" aria-label="Filter">
      <label for={id}>Only where</label>
      <span class="narrow-filter">
        <select
          id={id}
          class="field"
          value={narrowing.field}
          onChange={(event) => narrow({ field: event.currentTarget.value, value: '' })}
        >
          <option value="">any field</option>
          {corpus.fields.map((field) => (
            <option key={field} value={field}>
              {field}
            </option>
          ))}
        </select>
        is
        <input
          class="field"
          aria-label={isOff ? 'Value' : `Value of ${narrowing.field}`}
          list={`${id}-values`}
          value={narrowing.value}
          disabled={isOff}
          aria-describedby={`${id}-why`}
          // Not at every key: half a value fits nothing.
          onChange={(event) => narrow({ value: event.currentTarget.value.trim() })}
        />
        <datalist id={`${id}-values`}>
          {values.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      </span>
      <p class="hint" id={`${id}-why`}>
        The whole value, as the metadata has it.
      </p>
    </div>
  );
}

/** What the vectors of a corpus are of. */
export function nounOf({ modality }: Pick<CorpusData, 'modality'>): string {
  return modality === 'TEXT' ? 'text' : 'picture';
}
