import { useContext, useEffect, useMemo } from 'preact/hooks';
import { type Failure, fromItemError } from '../../api/failure.ts';
import {
  type RankData,
  type RankedItemData,
  type SelectionData,
  type ThresholdsData,
  rankRequest,
} from '../../api/operations.ts';
import type { ApiRequest } from '../../api/request.ts';
import type { Picture } from '../../pictures/picture.ts';
import { useEmbedded } from '../../pictures/use-embedded.ts';
import type { CaptionLine } from '../../state/captions.ts';
import { ANNOUNCE_AFTER_MS, Deployment } from '../../state/deployment.ts';
import { type Freshness, freshnessOf } from '../../state/freshness.ts';
import { useLiveRequest } from '../../state/live-request.ts';
import { tooManyTexts } from '../../state/text-limit.ts';
import { describeRanking } from './describe-ranking.ts';

/** The ranking as it stands, and what is under way. */
export interface RankingState {
  /** Best first; null before the first answer, and while there is nothing to rank. */
  readonly items: readonly RankedItemData[] | null;
  /** Whether any of them fits; null where the API does not know. */
  readonly anyMatch: number | null;
  /** Items from the first on that seem to fit; null where the API does not know. */
  readonly relevantCount: number | null;
  /** Of the answer, or before there is one of the selection itself; null where neither is known. */
  readonly thresholds: ThresholdsData | null;
  /** What the items' indices point into; without items, the lines as typed. */
  readonly lines: readonly CaptionLine[];
  readonly pictureFailure: Failure | null;
  readonly failure: Failure | null;
  /** Words for what is under way; null when nothing is. */
  readonly doing: string | null;
  readonly durationMs: number | null;
  readonly freshness: Freshness;
  readonly embedRequest: ApiRequest | null;
  readonly rankRequest: ApiRequest | null;
  readonly retryPicture: () => void;
  readonly retryRanking: () => void;
}

/**
 * Rank lines for a picture, live: the picture is embedded once, the lines are ranked at every change.
 * @param lines none empty
 */
export function useRanking(
  active: boolean,
  picture: Picture | null,
  lines: readonly CaptionLine[],
): RankingState {
  const { embedder, limits, selection, selectionName, baseRate, connecting } = useContext(Deployment);
  const pictures = useMemo(() => (picture ? [picture] : []), [picture]);
  const [shown] = useEmbedded(pictures, active);
  const tooMany = tooManyTexts(lines.length, limits);
  const vector = shown?.embedded.status === 'ready' ? shown.embedded.vector : null;
  const texts = lines.map(({ text }) => text);
  const asked =
    active && vector !== null && texts.length > 0 && tooMany === null
      ? { request: rankRequest(vector, texts, { selection: selectionName, baseRate }), input: lines }
      : null;
  const live = useLiveRequest<readonly CaptionLine[], RankData>(asked);

  const pictureFailure = shown?.embedded.status === 'failed' ? shown.embedded.failure : null;
  const isEmbedding = limits !== null && shown?.embedded.status === 'waiting';
  const freshness = freshnessOf(live, {
    nothing: texts.length === 0 || picture === null || pictureFailure !== null,
    preparing: isEmbedding,
    refused: tooMany !== null,
  });
  const ranking = freshness === 'none' ? undefined : live.answer?.data.rankTexts;
  const items = ranking?.__typename === 'Ranking' ? ranking.items : null;
  const answered = items === null ? null : (live.answer?.input ?? null);
  const relevantCount = ranking?.__typename === 'Ranking' ? (ranking.relevantCount ?? null) : null;
  useAnnouncedRanking(active && freshness === 'current', items, answered, relevantCount);
  return {
    items,
    anyMatch: ranking?.__typename === 'Ranking' ? (ranking.anyMatch ?? null) : null,
    relevantCount,
    thresholds: live.answer?.data.selection?.thresholds ?? (selection && recordedThresholds(selection)),
    lines: answered ?? lines,
    pictureFailure,
    failure: tooMany ?? live.failure ?? (ranking?.__typename === 'ItemError' ? fromItemError(ranking) : null),
    doing: whatIsDone(connecting, isEmbedding, live.sending),
    durationMs: freshness === 'none' ? null : (live.answer?.durationMs ?? null),
    freshness,
    embedRequest: (picture && embedder.requestOf(picture.id)) ?? null,
    rankRequest: live.request,
    retryPicture: () => limits && embedder.retry(pictures, limits),
    retryRanking: live.retry,
  };
}

function recordedThresholds({ matchThreshold, mismatchThreshold }: SelectionData): ThresholdsData {
  return {
    match: matchThreshold < 1 ? matchThreshold : null,
    mismatch: mismatchThreshold > 0 ? mismatchThreshold : null,
  };
}

function useAnnouncedRanking(
  settled: boolean,
  items: readonly RankedItemData[] | null,
  lines: readonly CaptionLine[] | null,
  relevantCount: number | null,
): void {
  const { announce } = useContext(Deployment);
  useEffect(() => {
    if (!settled || items === null || lines === null) return;
    const timer = setTimeout(() => announce(describeRanking(items, lines, relevantCount)), ANNOUNCE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [settled, items, lines]);
}

function whatIsDone(connecting: boolean, encoding: boolean, sending: boolean): string | null {
  if (connecting) return 'Reaching the API';
  if (encoding) return 'Encoding the picture';
  return sending ? 'Ranking' : null;
}
