import type { JSX } from 'preact';
import { useContext, useId } from 'preact/hooks';
import { Deployment } from '../state/deployment.ts';
import { Explain } from './explain.tsx';

/** Which published selection scores, on every view. */
export function SelectionPicker(): JSX.Element {
  const { selections, selectionName, chooseSelection } = useContext(Deployment);
  const id = useId();
  const isPublished = selections === null || selections.some(({ name }) => name === selectionName);
  return (
    <div class="selection-picker">
      <label for={id}>Selection</label>
      <Explain term="selection" />
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
    </div>
  );
}
