import { useContext, useEffect, useMemo } from 'preact/hooks';
import type { Failure } from '../../api/failure.ts';
import { type MatrixData, matrixRequest } from '../../api/operations.ts';
import type { ApiRequest } from '../../api/request.ts';
import { formatCount } from '../../format-numbers.ts';
import type { Picture } from '../../pictures/picture.ts';
import { useEmbedded } from '../../pictures/use-embedded.ts';
import type { CaptionLine } from '../../state/captions.ts';
import { ANNOUNCE_AFTER_MS, Deployment } from '../../state/deployment.ts';
import { type Freshness, freshnessOf } from '../../state/freshness.ts';
import { useLiveRequest } from '../../state/live-request.ts';
import { tooManyTexts } from '../../state/text-limit.ts';
import { type MatrixCells, type MatrixInput, NO_CELLS, matrixCells } from './matrix-cells.ts';
import type { MatrixRow } from './matrix-row.tsx';

/** The matrix as it stands, and what is under way. */
export interface MatrixState {
  readonly rows: readonly MatrixRow[];
  readonly cells: MatrixCells;
  readonly failure: Failure | null;
  /** Words for what is under way; null when nothing is. */
  readonly doing: string | null;
  readonly durationMs: number | null;
  readonly freshness: Freshness;
  /** The last one that embedded any of the pictures. */
  readonly embedRequest: ApiRequest | null;
  readonly matrixRequest: ApiRequest | null;
  readonly retry: () => void;
}

/**
 * Score every picture against every line, live. Pictures that fail leave the others be.
 * @param lines none empty
 */
export function useMatrix(
  active: boolean,
  pictures: readonly Picture[],
  lines: readonly CaptionLine[],
): MatrixState {
  const { embedder, limits, selectionName, baseRate, connecting } = useContext(Deployment);
  const shown = useEmbedded(pictures, active);
  const tooMany = tooManyTexts(lines.length, limits);
  const ready = shown.flatMap(({ picture, embedded }) =>
    embedded.status === 'ready' ? [{ id: picture.id, vector: embedded.vector }] : [],
  );
  const vectors = ready.map(({ vector }) => vector);
  const texts = lines.map(({ text }) => text);
  const isEmbedding = limits !== null && shown.some(({ embedded }) => embedded.status === 'waiting');
  const asked =
    active && !isEmbedding && vectors.length > 0 && texts.length > 0 && tooMany === null
      ? {
          request: matrixRequest(vectors, texts, { selection: selectionName, baseRate }),
          input: { pictureIds: ready.map(({ id }) => id), lines },
        }
      : null;
  const live = useLiveRequest<MatrixInput, MatrixData>(asked);
  const freshness = freshnessOf(live, {
    nothing: texts.length === 0 || (vectors.length === 0 && !isEmbedding),
    preparing: isEmbedding,
    refused: tooMany !== null,
  });
  const answer = freshness === 'none' ? null : live.answer;
  const cells = useMemo(() => (answer ? matrixCells(answer.input, answer.data) : NO_CELLS), [answer]);
  const rows = shown.map(({ picture, embedded }) => ({
    picture,
    failure: embedded.status === 'failed' ? embedded.failure : cells.pictureFailure(picture.id),
  }));
  useAnnouncedMatrix(active && freshness === 'current', rows, lines.length);
  return {
    rows,
    cells,
    failure: tooMany ?? live.failure,
    doing: whatIsDone(connecting, isEmbedding, live.sending),
    durationMs: answer?.durationMs ?? null,
    freshness,
    embedRequest: requestOfLast(pictures, embedder.requestOf),
    matrixRequest: live.request,
    retry() {
      if (limits !== null) embedder.retry(pictures, limits);
      live.retry();
    },
  };
}

function requestOfLast(
  pictures: readonly Picture[],
  requestOf: (id: string) => ApiRequest | undefined,
): ApiRequest | null {
  return pictures.map(({ id }) => requestOf(id)).findLast((request) => request !== undefined) ?? null;
}

function useAnnouncedMatrix(settled: boolean, rows: readonly MatrixRow[], lineCount: number): void {
  const { announce } = useContext(Deployment);
  const failedCount = rows.filter(({ failure }) => failure !== null).length;
  const failed = failedCount > 0 ? ` ${formatCount(failedCount, 'picture')} failed.` : '';
  const size = `${formatCount(rows.length, 'picture')} by ${formatCount(lineCount, 'caption')}`;
  const words = `Matrix of ${size} answered.${failed}`;
  useEffect(() => {
    if (!settled) return;
    const timer = setTimeout(() => announce(words), ANNOUNCE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [settled, words]);
}

function whatIsDone(connecting: boolean, encoding: boolean, sending: boolean): string | null {
  if (connecting) return 'Reaching the API';
  if (encoding) return 'Encoding the pictures';
  return sending ? 'Scoring' : null;
}
