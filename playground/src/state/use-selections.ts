import {
  type OneSelectionData,
  type SelectionData,
  type SelectionNamesData,
  type SelectionsData,
  selectionNamesRequest,
  selectionRequest,
  selectionsRequest,
} from '../api/operations.ts';
import { UNPAGED } from '../api/request.ts';
import { type Live, useLiveRequest } from './live-request.ts';

// One object each, so that the requests are made once.
const ASK_SELECTIONS = { request: selectionsRequest, input: null };
const ASK_NAMES = { request: selectionNamesRequest, input: null };

export interface Selections {
  /** The first hundred, which are all of most deployments. */
  readonly published: Live<null, SelectionsData>;
  /** Null until the API answered. */
  readonly list: readonly SelectionData[] | null;
  /** Of all; null until the API answered. */
  readonly names: readonly string[] | null;
  /** That of the name; null while unknown or when there is none. */
  readonly chosen: SelectionData | null;
  /** Whether it is known that there is none of the name. */
  readonly isAbsent: boolean;
}

/** The published selections, and the one that is asked for. Where there are more than a list gives, names and the one are asked for besides. */
export function useSelections(name: string): Selections {
  const published = useLiveRequest<null, SelectionsData>(ASK_SELECTIONS);
  const list = published.answer?.data.selections ?? null;
  const isCut = list !== null && list.length >= UNPAGED;
  const listed = list?.find((selection) => selection.name === name) ?? null;
  const named = useLiveRequest<null, SelectionNamesData>(isCut ? ASK_NAMES : null);
  const one = useLiveRequest<string, OneSelectionData>(
    isCut && listed === null ? { request: selectionRequest(name), input: name } : null,
  );
  const other = one.answer?.input === name ? one.answer.data : null;
  return {
    published,
    list,
    names: named.answer?.data.selectionPage.names ?? list?.map((selection) => selection.name) ?? null,
    chosen: listed ?? other?.selection ?? null,
    isAbsent: list !== null && listed === null && (!isCut || other?.selection === null),
  };
}
