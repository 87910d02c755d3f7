import type { Failure } from '../../api/failure.ts';
import { type CorporaData, type CorpusData, corporaRequest } from '../../api/search-operations.ts';
import { useLiveRequest } from '../../state/live-request.ts';

// One object, so that the request is made once a visit.
const ASK_CORPORA = { request: corporaRequest, input: null };

export interface Corpora {
  /** Null until the API answered. */
  readonly list: readonly CorpusData[] | null;
  readonly failure: Failure | null;
  readonly asking: boolean;
  readonly askAgain: () => void;
}

/** The corpora of the deployment, asked for at every visit of the view: indexing one in a terminal is what brings people back. */
export function useCorpora(active: boolean): Corpora {
  const { answer, failure, pending, retry } = useLiveRequest<null, CorporaData>(active ? ASK_CORPORA : null);
  return { list: answer?.data.corpora ?? null, failure, asking: pending, askAgain: retry };
}
