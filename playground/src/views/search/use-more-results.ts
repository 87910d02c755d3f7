import { useEffect, useRef, useState } from 'preact/hooks';
import { type Failure, toFailure } from '../../api/failure.ts';
import { type ApiRequest, send } from '../../api/request.ts';
import {
  type SearchData,
  type SearchEdgeData,
  type SearchPage,
  type SearchQuestion,
  searchRequest,
} from '../../api/search-operations.ts';

/** A first page that was answered, with what it answers. */
export interface FirstPage {
  readonly question: SearchQuestion;
  readonly page: SearchPage;
}

/** The results so far: those of the first page and of what was loaded after it. */
export interface MoreResults {
  readonly edges: readonly SearchEdgeData[];
  readonly hasMore: boolean;
  /** Every page scanned the whole corpus. */
  readonly complete: boolean;
  readonly loading: boolean;
  readonly failure: Failure | null;
  /** What was sent last. */
  readonly request: ApiRequest | null;
  readonly loadMore: () => void;
}

interface Pages {
  /** What the pages follow; those after another first page are forgotten. */
  readonly first: FirstPage | null;
  readonly pages: readonly SearchPage[];
  readonly loading: boolean;
  readonly failure: Failure | null;
  readonly request: ApiRequest | null;
}

/** Page through the results that a first page begins, on request. @param first the same object while it is current */
export function useMoreResults(first: FirstPage | null): MoreResults {
  const [state, setState] = useState<Pages>(() => startAt(first));
  const current = state.first === first ? state : startAt(first);
  const controller = useRef<AbortController | null>(null);
  useEffect(() => () => controller.current?.abort(), [first]);

  const { pages, loading, failure, request } = current;
  const pageInfo = pages.at(-1)?.pageInfo;
  const load = async (started: FirstPage, next: ApiRequest): Promise<void> => {
    const { signal } = (controller.current = new AbortController());
    setState({ ...current, loading: true, failure: null, request: next });
    try {
      const { search } = await send<SearchData>(next, signal);
      settle(started, { pages: [...pages, search], failure: null });
    } catch (thrown) {
      if (!signal.aborted) settle(started, { pages, failure: toFailure(thrown) });
    }
  };
  const settle = (started: FirstPage, done: Pick<Pages, 'pages' | 'failure'>): void =>
    setState((last) => (last.first === started ? { ...last, ...done, loading: false } : last));
  return {
    edges: pages.flatMap(({ edges }) => edges),
    hasMore: pageInfo?.hasNextPage ?? false,
    complete: pages.every(({ complete }) => complete),
    loading,
    failure,
    request,
    loadMore() {
      if (loading || first === null || !pageInfo?.hasNextPage) return;
      void load(first, searchRequest(first.question, pageInfo.endCursor ?? null));
    },
  };
}

function startAt(first: FirstPage | null): Pages {
  return { first, pages: first ? [first.page] : [], loading: false, failure: null, request: null };
}
