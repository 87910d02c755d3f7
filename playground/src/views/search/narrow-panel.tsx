import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { CorpusData } from '../../api/search-operations.ts';
import { MANY_NAMES, type NameOption, NamePicker } from '../../components/name-picker.tsx';
import { UnsearchableCorpora } from './unsearchable-corpora.tsx';
import type { SearchInputs } from './use-search-inputs.ts';

interface Props {
  /** Those that are known, also those that cannot be searched here. */
  readonly corpora: readonly CorpusData[];
  /** Of all there are. */
  readonly names: readonly string[];
  readonly corpus: CorpusData;
  readonly inputs: SearchInputs;
  /** Values of the chosen field that results have shown. */
  readonly values: readonly string[];
}

/** Where to search, and what is left out. Folded away unless there is a corpus to choose and room to show it. */
export function NarrowPanel({ corpora, names, corpus, inputs, values }: Props): JSX.Element | null {
  const [startsOpen] = useState(() => corpora.length > 1 && matchMedia('(min-width: 40rem)').matches);
  if (corpora.length < 2 && corpus.fields.length === 0) return null;
  return (
    <details class="narrow" open={startsOpen}>
      <summary>Narrow down</summary>
      <div class="narrow-fields">
        {corpora.length > 1 && (
          <CorpusPicker corpora={corpora} names={names} corpus={corpus} inputs={inputs} />
        )}
        {corpus.fields.length > 0 && <FilterFields corpus={corpus} inputs={inputs} values={values} />}
      </div>
    </details>
  );
}

function CorpusPicker({
  corpora,
  names,
  corpus,
  inputs,
}: Pick<Props, 'corpora' | 'names' | 'corpus' | 'inputs'>): JSX.Element {
  const id = useId();
  if (names.length >= MANY_NAMES) {
    const known = new Map(corpora.map((each) => [each.name, each]));
    return (
      <div class="narrow-field">
        <label for={id}>Corpus</label>
        <NamePicker
          id={id}
          value={corpus.name}
          options={names.map((name) => optionOf(name, known.get(name)))}
          noun="corpora"
          onChoose={inputs.chooseCorpus}
        />
      </div>
    );
  }
  return (
    <div class="narrow-field">
      <label for={id}>Corpus</label>
      <select
        id={id}
        class="field"
        value={corpus.name}
        onChange={(event) => inputs.chooseCorpus(event.currentTarget.value)}
      >
        {corpora.map(({ name, count, searchError }) => (
          <option key={name} value={name} disabled={!!searchError}>
            {name} ({count}){searchError ? ': cannot be searched here' : ''}
          </option>
        ))}
      </select>
      <UnsearchableCorpora corpora={corpora} />
    </div>
  );
}

function optionOf(name: string, corpus: CorpusData | undefined): NameOption {
  if (corpus === undefined) return { name };
  const note = corpus.searchError ? 'cannot be searched here' : `${corpus.count}`;
  return { name, note, disabled: !!corpus.searchError };
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
