import { useContext, useEffect, useMemo } from 'preact/hooks';
import type { Failure } from '../../api/failure.ts';
import type { ApiRequest } from '../../api/request.ts';
import {
  type CorpusData,
  type SearchData,
  type SearchQuestion,
  type SearchSubject,
  searchRequest,
} from '../../api/search-operations.ts';
import { pictureLabel } from '../../pictures/picture.ts';
import { useEmbedded } from '../../pictures/use-embedded.ts';
import { ANNOUNCE_AFTER_MS, Deployment } from '../../state/deployment.ts';
import { type Freshness, freshnessOf } from '../../state/freshness.ts';
import { useLiveRequest } from '../../state/live-request.ts';
import { closenessScale } from './closeness.ts';
import { describeResults } from './describe-results.ts';
import { baseRateOf, filterOf, minProbabilityOf } from './narrowing.ts';
import { type Relevance, relevanceOf } from './relevance.ts';
import { type Result, toResult } from './result.ts';
import { type MoreResults, useMoreResults } from './use-more-results.ts';
import type { SearchInputs } from './use-search-inputs.ts';

/** Fills whole rows of two, three, four and six. */
export const PAGE_SIZE = 12;

/** The results as they stand, and what is under way. */
export interface SearchState {
  /** Best first; null before the first answer, and while there is nothing to search for. */
  readonly results: readonly Result[] | null;
  /** They are asked for, and known. */
  readonly hasProbabilities: boolean;
  readonly scanned: number | null;
  /** Null before the first answer, and where the API does not know. */
  readonly relevance: Relevance | null;
  /** The question that is answered, which may be older than what is asked now. */
  readonly answered: SearchQuestion | null;
  readonly more: MoreResults;
  readonly pictureFailure: Failure | null;
  readonly failure: Failure | null;
  /** Words for what is under way; null when nothing is. */
  readonly doing: string | null;
  readonly durationMs: number | null;
  readonly freshness: Freshness;
  readonly embedRequest: ApiRequest | null;
  readonly searchRequest: ApiRequest | null;
  readonly retryPicture: () => void;
  readonly searchAgain: () => void;
}

interface Asked {
  readonly question: SearchQuestion;
  /** What was searched for, in words. */
  readonly subject: string;
}

/**
 * Search a corpus, live: a picture is embedded once, and the search is made anew at every change.
 * @param corpus null: none is known yet
 */
export function useSearch(active: boolean, corpus: CorpusData | null, inputs: SearchInputs): SearchState {
  const { embedder, limits } = useContext(Deployment);
  const { picture } = inputs;
  const phrase = inputs.phrase.trim();
  const pictures = useMemo(() => (picture ? [picture] : []), [picture]);
  const [shown] = useEmbedded(pictures, active);
  const subject = subjectOf(phrase, picture === null ? null : shown?.embedded);
  const asked: Asked | null =
    active && corpus !== null && subject !== null
      ? {
          question: questionOf(corpus, subject, inputs),
          subject: picture ? pictureLabel(picture) : phrase,
        }
      : null;
  const live = useLiveRequest<Asked, SearchData>(
    asked && { request: searchRequest(asked.question), input: asked },
  );

  const isEmbedding = limits !== null && shown?.embedded.status === 'waiting';
  const pictureFailure = shown?.embedded.status === 'failed' ? shown.embedded.failure : null;
  const freshness = freshnessOf(live, {
    nothing: subject === null && !isEmbedding,
    preparing: isEmbedding,
    refused: false,
  });
  const answer = freshness === 'none' ? null : live.answer;
  const first = useMemo(
    () => answer && { question: answer.input.question, page: answer.data.search },
    [answer],
  );
  const more = useMoreResults(first);
  const results = useMemo(() => {
    if (answer === null) return null;
    const { search } = answer.data;
    const scale = closenessScale(search);
    return more.edges.map((edge) => toResult(edge, { rankedBy: search.rankedBy, scale }));
  }, [answer, more.edges.length]);
  useAnnounced(
    active && answer !== null && freshness === 'current'
      ? describeResults(answer.data.search, answer.input.subject, inputs.showsProbabilities)
      : null,
  );
  return {
    results,
    hasProbabilities: inputs.showsProbabilities && answer?.data.search.calibrated === true,
    scanned: answer?.data.search.scanned ?? null,
    relevance:
      answer &&
      relevanceOf(answer.data.search, 'picture' in answer.input.question.subject ? 'picture' : 'phrase'),
    answered: answer?.input.question ?? null,
    more,
    pictureFailure,
    failure: live.failure,
    doing: isEmbedding ? 'Encoding the picture' : live.sending ? 'Searching' : null,
    durationMs: answer?.durationMs ?? null,
    freshness,
    embedRequest: (picture && embedder.requestOf(picture.id)) ?? null,
    searchRequest: live.request,
    retryPicture: () => limits && embedder.retry(pictures, limits),
    searchAgain: live.retry,
  };
}

/**
 * Null while there is nothing to search by.
 * @param embedded of the picture that takes the phrase's place; null: none does
 */
function subjectOf(
  phrase: string,
  embedded: ReturnType<typeof useEmbedded>[number]['embedded'] | null | undefined,
): SearchSubject | null {
  if (embedded === null) return phrase === '' ? null : { text: phrase };
  return embedded?.status === 'ready' ? { picture: embedded.vector } : null;
}

function questionOf(
  corpus: CorpusData,
  subject: SearchSubject,
  { narrowing, showsProbabilities }: SearchInputs,
): SearchQuestion {
  const calibrated = isCalibrated(corpus, 'picture' in subject);
  return {
    corpus: corpus.name,
    subject,
    first: PAGE_SIZE,
    // What is out of sight leaves nothing out.
    minProbability: calibrated && showsProbabilities ? minProbabilityOf(narrowing) : null,
    filter: filterOf(narrowing, corpus),
    baseRate: calibrated ? baseRateOf(narrowing, corpus) : null,
  };
}

/** A probability was calibrated for a text and a picture, whichever of them is searched for. */
export function isCalibrated({ modality }: CorpusData, byPicture: boolean): boolean {
  return (modality === 'TEXT') === byPicture;
}

function useAnnounced(words: string | null): void {
  const { announce } = useContext(Deployment);
  useEffect(() => {
    if (words === null) return;
    const timer = setTimeout(() => announce(words), ANNOUNCE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [words]);
}
