import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Explain } from '../../components/explain.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { RetryIcon, WarningIcon } from '../../components/icons.tsx';
import { ProgressLine } from '../../components/progress-line.tsx';
import type { CorpusData } from '../../api/search-operations.ts';
import { formatCount, formatPercent } from '../../format-numbers.ts';
import { nounOf } from './corpus-noun.ts';
import { type FocusNext, ResultList } from './result-list.tsx';
import type { Result } from './result.ts';
import { PAGE_SIZE, type SearchState } from './use-search.ts';

/** What finds candidates outside the Worker. */
const ENGINE_NAMES = { POSTGRES: 'PostgreSQL', VECTORIZE: 'Cloudflare Vectorize' } as const;

interface Props {
  readonly search: SearchState;
  readonly corpus: CorpusData;
  readonly idle: string;
  readonly subject: 'phrase' | 'picture';
  /** Stands between the words and the results. */
  readonly sureness: JSX.Element;
  /** Results that can be paged through; null while unknown. */
  readonly depth: number | null;
  readonly onMoreLike: (result: Result) => void;
}

/** The results, with what has to be said of them before they are looked at. */
export function ResultsPanel(props: Props): JSX.Element {
  const { search, corpus, idle, subject, sureness, depth, onMoreLike } = props;
  const { results, more, hasProbabilities, freshness } = search;
  const [focusNext, setFocusNext] = useState<FocusNext | null>(null);
  const focusAt = (place: number): void => setFocusNext(results && { place, left: results });
  return (
    <section
      class="panel search-results"
      aria-labelledby="results-title"
      data-settled={freshness === 'current'}
    >
      <h2 id="results-title">Results</h2>
      <Meaning corpus={corpus} subject={subject} />
      {sureness}
      {hasNoPictures(corpus, results) && (
        <p class="hint results-bare">
          This corpus stores vectors, not pictures.{' '}
          <code>npm run -s index -- --corpus {corpus.name} DATA --thumbnails</code> adds small ones.
        </p>
      )}
      {corpus.engine !== 'ISOLATE' && (
        <p class="hint results-engine">
          {ENGINE_NAMES[corpus.engine]} finds the candidates; how well each fits is worked out here, from its
          full vector.
        </p>
      )}
      {!more.complete && <PartNotice corpus={corpus} onRetry={search.searchAgain} />}
      {search.failure !== null && <FailureNotice failure={search.failure} onRetry={search.searchAgain} />}
      <ProgressLine doing={search.doing} idle={idle} freshness={freshness} />
      <p class="results-relevance" data-freshness={freshness}>
        {search.relevance?.words}
      </p>
      {results?.length === 0 && <p class="results-none">{nothing(search)}</p>}
      <ResultList
        results={results}
        room={results?.length === 0 ? 0 : Math.min(PAGE_SIZE, corpus.count)}
        hasProbabilities={hasProbabilities}
        relevantCount={search.relevance?.count ?? null}
        freshness={freshness}
        areTexts={corpus.modality === 'TEXT'}
        focusNext={focusNext}
        onFocused={() => setFocusNext(null)}
        onMoreLike={(result) => {
          focusAt(0);
          onMoreLike(result);
        }}
      />
      <MoreButton
        search={search}
        depth={depth}
        onMore={() => {
          focusAt(results?.length ?? 0);
          more.loadMore();
        }}
      />
    </section>
  );
}

/** What one sees, and what it does not say. */
function Meaning({ corpus, subject }: Pick<Props, 'corpus' | 'subject'>): JSX.Element {
  const noun = nounOf(corpus);
  return (
    <p class="results-words">
      The {formatCount(corpus.count, noun)} of the corpus “{corpus.name}”, closest to your {subject} first.{' '}
      <Explain term="corpus" /> The bar says how close: full is as close as the first, empty is no closer than
      an average {noun}. <Explain term="cosine" /> Something always comes first, also where nothing fits.
    </p>
  );
}

function hasNoPictures({ modality, thumbnails }: CorpusData, results: readonly Result[] | null): boolean {
  if (modality === 'TEXT' || thumbnails > 0 || results === null || results.length === 0) return false;
  return results.every(({ picture }) => picture === null);
}

function nothing({ answered }: SearchState): string {
  if (answered?.minProbability != null) {
    return `Nothing is as probable as ${formatPercent(answered.minProbability)}. Ask for less, or in other words.`;
  }
  if (answered?.filter) return `Nothing has “${answered.filter.eq}” as ${answered.filter.field}.`;
  return 'The corpus is empty.';
}

function PartNotice({
  corpus,
  onRetry,
}: Pick<Props, 'corpus'> & { readonly onRetry: () => void }): JSX.Element {
  const why =
    corpus.engine === 'ISOLATE'
      ? 'A part of the corpus could not be loaded'
      : `Not all that was written is seen in ${ENGINE_NAMES[corpus.engine]} yet`;
  return (
    <div class="failure" role="alert">
      <WarningIcon />
      <p>
        <strong>Not everything was searched.</strong> {why}: these are the best of the rest, and a better one
        may be missing.
      </p>
      <button type="button" class="button" onClick={onRetry}>
        <RetryIcon /> Search again
      </button>
    </div>
  );
}

interface MoreProps {
  readonly search: SearchState;
  readonly depth: number | null;
  readonly onMore: () => void;
}

function MoreButton({ search, depth, onMore }: MoreProps): JSX.Element {
  const { more, freshness, results } = search;
  const stale = freshness !== 'current';
  const shown = results?.length ?? 0;
  const isDeep = depth !== null && shown + PAGE_SIZE > depth;
  return (
    <div class="results-more">
      {more.failure !== null && <FailureNotice failure={more.failure} onRetry={onMore} />}
      {more.failure !== null && !more.failure.retryable ? (
        <button type="button" class="button" onClick={search.searchAgain}>
          <RetryIcon /> Search again
        </button>
      ) : (
        more.hasMore &&
        !isDeep && (
          <button
            type="button"
            class="button"
            // Not disabled, which would take the focus away.
            aria-disabled={more.loading || stale}
            onClick={() => !stale && onMore()}
          >
            {more.loading ? 'Loading…' : 'Show more'}
          </button>
        )
      )}
      <p class="hint">
        {shown > 0 && `${shown} of ${search.scanned ?? shown} shown.`}
        {more.hasMore && isDeep && ' The API pages no further.'}
      </p>
    </div>
  );
}
