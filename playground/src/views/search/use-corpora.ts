import type { Failure } from '../../api/failure.ts';
import { UNPAGED } from '../../api/request.ts';
import {
  type CorporaData,
  type CorpusData,
  type CorpusNamesData,
  type OneCorpusData,
  corporaRequest,
  corpusNamesRequest,
  corpusRequest,
} from '../../api/search-operations.ts';
import { useLiveRequest } from '../../state/live-request.ts';

// One object each, so that the requests are made once a visit.
const ASK_CORPORA = { request: corporaRequest, input: null };
const ASK_NAMES = { request: corpusNamesRequest, input: null };

export interface Corpora {
  /** The first hundred, and the chosen one; null until the API answered. */
  readonly list: readonly CorpusData[] | null;
  /** Of all; null until the API answered. */
  readonly names: readonly string[] | null;
  readonly failure: Failure | null;
  readonly asking: boolean;
  readonly askAgain: () => void;
}

/**
 * The corpora of the deployment, asked for at every visit of the view: indexing one in a terminal is what brings people back. Where there
 * are more than a list gives, their names and the chosen one are asked for besides.
 */
export function useCorpora(active: boolean, chosen: string | null): Corpora {
  const { answer, failure, pending, retry } = useLiveRequest<null, CorporaData>(active ? ASK_CORPORA : null);
  const first = answer?.data.corpora ?? null;
  const isCut = active && first !== null && first.length >= UNPAGED;
  const named = useLiveRequest<null, CorpusNamesData>(isCut ? ASK_NAMES : null);
  const isOther = isCut && chosen !== null && !first.some(({ name }) => name === chosen);
  const one = useLiveRequest<string, OneCorpusData>(
    isOther ? { request: corpusRequest(chosen), input: chosen } : null,
  );
  const other = one.answer?.input === chosen ? (one.answer?.data.corpusPage.nodes ?? []) : [];
  const names = named.answer?.data.corpusPage.names ?? first?.map(({ name }) => name) ?? null;
  return {
    list: first && [...first, ...other.filter(({ name }) => isOther && name === chosen)],
    names,
    failure,
    asking: pending || one.pending,
    askAgain: retry,
  };
}
