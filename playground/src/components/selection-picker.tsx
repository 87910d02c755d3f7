import type { JSX } from 'preact';
import { useContext, useId } from 'preact/hooks';
import { Deployment } from '../state/deployment.ts';
import { Explain } from './explain.tsx';
import { MANY_NAMES, NamePicker } from './name-picker.tsx';

/** Which published selection scores, on every view. */
export function SelectionPicker(): JSX.Element {
  const { selectionNames } = useContext(Deployment);
  const id = useId();
  return (
    <div class="selection-picker">
      <label for={id}>Selection</label>
      <Explain term="selection" />
      {selectionNames !== null && selectionNames.length >= MANY_NAMES ? (
        <SelectionSearch id={id} />
      ) : (
        <SelectionSelect id={id} />
      )}
    </div>
  );
}

/** @param id of the field, for its label */
export function SelectionSearch({ id }: { id: string }): JSX.Element {
  const { selections, selectionNames, selectionName, chooseSelection } = useContext(Deployment);
  const notes = new Map(selections?.map(({ name, k, dim }) => [name, `${k} of ${dim}`]));
  const options = (selectionNames ?? []).map((name) => {
    const note = notes.get(name);
    return { name, ...(note !== undefined && { note }) };
  });
  return (
    <NamePicker
      id={id}
      value={selectionName}
      options={options}
      noun="selections"
      onChoose={chooseSelection}
    />
  );
}

function SelectionSelect({ id }: { id: string }): JSX.Element {
  const { selections, selectionName, chooseSelection } = useContext(Deployment);
  const isPublished = selections === null || selections.some(({ name }) => name === selectionName);
  return (
    <select
      id={id}
      class="field"
      value={selectionName}
      onChange={(event) => chooseSelection(event.currentTarget.value)}
    >
      {(selections === null || !isPublished) && (
        <option value={selectionName}>
          {selectionName}
          {isPublished ? '' : ' (not published)'}
        </option>
      )}
      {selections?.map(({ name, k, dim }) => (
        <option key={name} value={name}>
          {name} ({k} of {dim})
        </option>
      ))}
    </select>
  );
}
