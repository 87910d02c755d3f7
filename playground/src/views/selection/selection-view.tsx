import type { JSX } from 'preact';
import { useContext, useId, useLayoutEffect } from 'preact/hooks';
import { type SelectionData, selectionsRequest } from '../../api/operations.ts';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { ProgressLine } from '../../components/progress-line.tsx';
import { MANY_NAMES } from '../../components/name-picker.tsx';
import { RequestPanel } from '../../components/request-panel.tsx';
import { SelectionSearch } from '../../components/selection-picker.tsx';
import { ViewIntro } from '../../components/view-intro.tsx';
import { formatBytes } from '../../format-numbers.ts';
import { Deployment } from '../../state/deployment.ts';
import { freshnessOf } from '../../state/freshness.ts';
import { DEFAULT_SELECTION } from '../../state/route.ts';
import type { Selections } from '../../state/use-selections.ts';
import { compareSelections } from './mask-sentence.ts';
import { RelevanceChart } from './relevance-chart.tsx';
import { SelectionFacts } from './selection-facts.tsx';

interface Props {
  readonly active: boolean;
  readonly selections: Selections;
}

/** The published selections: which one scores, what it keeps, what that costs and saves. */
export function SelectionView({ active, selections: { published, isAbsent } }: Props): JSX.Element {
  const { selections, selectionNames, selectionName, selection } = useContext(Deployment);
  const { answer, failure, sending, retry } = published;
  const freshness = freshnessOf(published, { nothing: false, preparing: false, refused: false });
  // Publishing one in a terminal is what brings people back. Before the view is painted: it never stands there as current first.
  useLayoutEffect(() => {
    if (active && answer !== null) retry();
  }, [active]);
  const reference = selections?.find(({ name }) => name === DEFAULT_SELECTION) ?? null;
  return (
    <div class="selection-view">
      <ViewIntro>
        What the chosen selection keeps of every vector, what that saves, and how well it did on pairs that it
        was not made from.
      </ViewIntro>
      <section class="panel" aria-labelledby="published-title">
        <h2 id="published-title">Published</h2>
        {failure !== null && <FailureNotice failure={failure} onRetry={retry} />}
        <ProgressLine doing={sending ? 'Reading the selections' : null} idle="" freshness={freshness} />
        {selections !== null && (
          <div data-freshness={freshness}>
            {(selectionNames ?? []).length < MANY_NAMES ? (
              <SelectionList selections={selections} />
            ) : (
              <SelectionAmongMany />
            )}
          </div>
        )}
        {selections?.length === 0 && <p class="hint">Nothing is published: run `npm run -s publish`.</p>}
        <p class="hint">
          The choice counts for Rank and Matrix; a corpus is searched under the selection it was packed for.
        </p>
      </section>
      <section class="panel selection-detail" aria-labelledby="selection-title">
        <h2 id="selection-title">{selectionName}</h2>
        {isAbsent && (
          <FailureNotice
            failure={{
              code: 'SELECTION_NOT_FOUND',
              message: `Nothing is published as “${selectionName}”.`,
              retryable: false,
            }}
          />
        )}
        {selection !== null && (
          <div class="selection-shown" data-freshness={freshness}>
            <p class="lead">{compareSelections(selection, reference)}</p>
            <RelevanceChart selection={selection} />
            <SelectionFacts selection={selection} />
          </div>
        )}
      </section>
      <RequestPanel
        steps={[
          {
            title: 'Read the selections',
            note: 'Once, and at every visit of this view.',
            request: selectionsRequest,
          },
        ]}
      />
    </div>
  );
}

function SelectionAmongMany(): JSX.Element {
  const id = useId();
  return (
    <div class="selection-many">
      <label for={id}>Selection in use</label>
      <SelectionSearch id={id} />
    </div>
  );
}

function SelectionList({ selections }: { selections: readonly SelectionData[] }): JSX.Element {
  const { selectionName, chooseSelection } = useContext(Deployment);
  return (
    <fieldset class="selection-list">
      <legend class="visually-hidden">Selection in use</legend>
      {selections.map(({ name, strategy, k, dim, bytesPerVector, encoder }) => (
        <label key={name} class="selection-card">
          <input
            type="radio"
            name="selection"
            value={name}
            checked={name === selectionName}
            onChange={() => chooseSelection(name)}
          />
          <span class="selection-card-text">
            <strong>{name}</strong>
            <span>
              {strategy}, {k} of {dim}, {formatBytes(bytesPerVector)}
            </span>
            <span class="hint">{encoder}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
