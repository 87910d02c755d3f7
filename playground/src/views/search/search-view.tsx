import type { JSX } from 'preact';
import { useContext } from 'preact/hooks';
import { type CorpusData, corporaRequest } from '../../api/search-operations.ts';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { HonestyNote } from '../../components/honesty-note.tsx';
import { ProgressLine } from '../../components/progress-line.tsx';
import { RequestPanel } from '../../components/request-panel.tsx';
import { useIncomingFiles } from '../../pictures/incoming-files.ts';
import { Deployment } from '../../state/deployment.ts';
import { NarrowPanel } from './narrow-panel.tsx';
import { NoCorpora } from './no-corpora.tsx';
import { QueryPanel } from './query-panel.tsx';
import { readMetadata, type Result } from './result.ts';
import { ResultsPanel } from './results-panel.tsx';
import { SurenessPanel } from './sureness-panel.tsx';
import { type Corpora, useCorpora } from './use-corpora.ts';
import { type SearchInputs, useSearchInputs } from './use-search-inputs.ts';
import { type SearchState, isCalibrated, useSearch } from './use-search.ts';

/** A phrase or a picture against a corpus, best first as one types. */
export function SearchView({ active }: { active: boolean }): JSX.Element {
  const inputs = useSearchInputs();
  const hovering = useIncomingFiles(active, inputs.chooseFiles);
  const corpora = useCorpora(active, inputs.corpusName);
  const corpus = corpusToSearch(corpora.list ?? [], inputs.corpusName);
  const search = useSearch(active, corpus, inputs);
  return (
    <div class={hovering ? 'search search-hover' : 'search'}>
      {corpora.failure !== null && <FailureNotice failure={corpora.failure} onRetry={corpora.askAgain} />}
      {corpora.list !== null && corpus === null ? (
        <NoCorpora unsearchable={corpora.list} onLook={corpora.askAgain} />
      ) : (
        <QueryPanel inputs={inputs} pictureFailure={search.pictureFailure} onRetry={search.retryPicture} />
      )}
      {corpora.list === null && (
        <div class="search-room">
          <ProgressLine doing={corpora.asking ? 'Reaching the API' : null} idle="" />
        </div>
      )}
      {corpus !== null && <Search corpora={corpora} corpus={corpus} inputs={inputs} search={search} />}
      <RequestPanel
        steps={[
          { title: '1. Read the corpora', note: 'At every visit of this view.', request: corporaRequest },
          {
            title: '2. Embed the picture',
            note: 'When a picture is searched by: what is asked next carries its vector, not the pixels.',
            request: search.embedRequest,
          },
          { title: '3. Search', note: 'At every change.', request: search.searchRequest },
          {
            title: '4. Show more',
            note: 'The same, after the cursor of the last result.',
            request: search.more.request,
          },
        ]}
      />
    </div>
  );
}

/** The chosen one where it can be searched, else the first that can; null: there is none. */
function corpusToSearch(corpora: readonly CorpusData[], chosen: string | null): CorpusData | null {
  const searchable = corpora.filter(({ searchError }) => !searchError);
  return searchable.find(({ name }) => name === chosen) ?? searchable[0] ?? null;
}

interface Props {
  readonly corpora: Corpora;
  readonly corpus: CorpusData;
  readonly inputs: SearchInputs;
  readonly search: SearchState;
}

function Search({ corpora, corpus, inputs, search }: Props): JSX.Element {
  const { selections, limits } = useContext(Deployment);
  const packedFor = selections?.find(({ id }) => id === corpus.selection) ?? null;
  const moreLike = ({ picture, label }: Result): void => {
    if (picture === null) inputs.setPhrase(label);
    else inputs.chooseSample(picture);
  };
  return (
    <>
      <NarrowPanel
        corpora={corpora.list ?? []}
        names={corpora.names ?? []}
        corpus={corpus}
        inputs={inputs}
        values={valuesOf(search.results ?? [], inputs.narrowing.field)}
      />
      <ResultsPanel
        search={search}
        corpus={corpus}
        subject={inputs.picture === null ? 'phrase' : 'picture'}
        sureness={
          <SurenessPanel
            corpus={corpus}
            inputs={inputs}
            calibrated={isCalibrated(corpus, inputs.picture !== null)}
          />
        }
        idle={idleWords(inputs, search.durationMs)}
        depth={limits?.searchDepth ?? null}
        onMoreLike={moreLike}
      />
      <div class="panel">
        <p class="hint">
          {packedFor === null
            ? `Scored under record ${corpus.selection.slice(0, 12)}…, which no name points at now`
            : `Scored under the selection “${packedFor.name}” (${packedFor.k} of ${packedFor.dim})`}
          : what the corpus was packed for, whichever is chosen above.
        </p>
        <HonestyNote calibratedBy={packedFor} />
      </div>
    </>
  );
}

function valuesOf(results: readonly Result[], field: string): string[] {
  const values = results.flatMap(({ edge }) => readMetadata(edge.metadata)[field] ?? []);
  return [...new Set(values)].sort();
}

function idleWords({ phrase, picture }: SearchInputs, durationMs: number | null): string {
  if (picture === null && phrase.trim() === '') return 'Write what to look for, or drop a picture.';
  return durationMs === null
    ? ''
    : `Answered in ${Math.max(1, Math.round(durationMs))} ms. Choose a result to search by it.`;
}
