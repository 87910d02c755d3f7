import type { JSX } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { samplePictures } from 'virtual:sample-pictures';
import { fromItemError } from '../../api/failure.ts';
import { type RankData, rankRequest } from '../../api/operations.ts';
import { BaseRateControl } from '../../components/base-rate-control.tsx';
import { CaptionEditor } from '../../components/caption-editor.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { HonestyNote } from '../../components/honesty-note.tsx';
import { ProgressLine } from '../../components/progress-line.tsx';
import { RequestPanel } from '../../components/request-panel.tsx';
import { useIncomingFiles } from '../../pictures/incoming-files.ts';
import { type Picture, pictureOfFile, pictureOfSample } from '../../pictures/picture.ts';
import type { SamplePicture } from '../../pictures/sample-picture.ts';
import { useEmbedded } from '../../pictures/use-embedded.ts';
import { type CaptionLine, captionList, filledLines, insertLines } from '../../state/captions.ts';
import { Deployment } from '../../state/deployment.ts';
import { useLiveRequest } from '../../state/live-request.ts';
import { tooManyTexts } from '../../state/text-limit.ts';
import { describeRanking } from './describe-ranking.ts';
import { PictureStage } from './picture-stage.tsx';
import { RankingList } from './ranking-list.tsx';
import { startingCaptions } from './starting-captions.ts';

const firstSample = samplePictures.at(0) ?? null;
/** Long after the eye has seen the answer, so that a screen reader hears the last of a burst and not each. */
const ANNOUNCE_AFTER_MS = 700;

/** One picture, many captions, best first as one types. */
export function RankView({ active }: { active: boolean }): JSX.Element {
  const { embedder, limits, selection, selectionName, baseRate, announce } = useContext(Deployment);
  const [picture, setPicture] = useState<Picture | null>(() => firstSample && pictureOfSample(firstSample));
  const [captions, setCaptions] = useState(() =>
    captionList(firstSample ? startingCaptions(samplePictures, firstSample) : ['']),
  );
  const [aside, setAside] = useState('');

  const chooseSample = (sample: SamplePicture): void => {
    setAside('');
    setPicture(pictureOfSample(sample));
    if (!captions.edited) setCaptions(captionList(startingCaptions(samplePictures, sample)));
  };
  const chooseFiles = (files: readonly File[]): void => {
    const [first] = files;
    if (first === undefined) return;
    setPicture(pictureOfFile(first));
    setAside(files.length > 1 ? `Took the first of ${files.length} files; the Matrix takes them all.` : '');
  };
  const hovering = useIncomingFiles(active, chooseFiles);

  const pictures = useMemo(() => (picture ? [picture] : []), [picture]);
  const [shown] = useEmbedded(pictures, active);
  const lines = filledLines(captions);
  const tooMany = tooManyTexts(lines.length, limits);
  const vector = shown?.embedded.status === 'ready' ? shown.embedded.vector : null;
  const asked =
    active && vector !== null && lines.length > 0 && tooMany === null
      ? {
          request: rankRequest(
            vector,
            lines.map(({ text }) => text),
            { selection: selectionName, baseRate },
          ),
          input: lines,
        }
      : null;
  const live = useLiveRequest<readonly CaptionLine[], RankData>(asked);

  const ranking = live.answer?.data.rankTexts;
  const rankedItems = ranking?.__typename === 'Ranking' ? ranking.items : null;
  const rankFailure = live.failure ?? (ranking?.__typename === 'ItemError' ? fromItemError(ranking) : null);
  const pictureFailure = shown?.embedded.status === 'failed' ? shown.embedded.failure : null;
  const failure = pictureFailure ?? tooMany ?? rankFailure;

  useEffect(() => {
    if (!active || live.pending || live.answer === null || rankedItems === null) return;
    const { input } = live.answer;
    const timer = setTimeout(() => announce(describeRanking(rankedItems, input)), ANNOUNCE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [active, live.answer, live.pending]);

  const ownCaption = picture?.sample?.caption;
  const canAddOwn = ownCaption !== undefined && !lines.some(({ text }) => text === ownCaption);
  const isEmbedding = shown?.embedded.status === 'waiting' && limits !== null;
  const isStale = live.pending || pictureFailure !== null || isEmbedding;

  return (
    <div class="rank">
      <PictureStage
        picture={picture}
        hovering={hovering}
        failure={pictureFailure}
        onSample={chooseSample}
        onFiles={chooseFiles}
        onRetry={() => limits && embedder.retry(pictures, limits)}
        aside={aside}
      />
      <section class="panel" aria-labelledby="captions-title">
        <h2 id="captions-title">Captions</h2>
        <CaptionEditor
          captions={captions}
          maxCharacters={limits?.textCharacters ?? null}
          onChange={setCaptions}
        />
        {canAddOwn && (
          <button
            type="button"
            class="suggestion"
            onClick={() => setCaptions(insertLines(captions, null, [ownCaption]))}
          >
            Add this sample’s own caption: “{ownCaption}”
          </button>
        )}
      </section>
      <section class="panel" aria-labelledby="ranking-title">
        <h2 id="ranking-title">Ranking</h2>
        <RankingList
          lines={rankedItems && live.answer ? live.answer.input : lines}
          items={rankedItems}
          selection={selection}
          stale={isStale}
        />
        {failure !== null && failure !== pictureFailure && (
          <FailureNotice failure={failure} onRetry={live.retry} />
        )}
        <ProgressLine
          pace={isEmbedding && live.pace === 'quick' ? 'slow' : live.pace}
          doing={isEmbedding ? 'Encoding the picture' : 'Ranking'}
          idle={idleWords(picture, lines.length, live.answer?.durationMs)}
        />
        <BaseRateControl />
        <HonestyNote withInterval />
      </section>
      <RequestPanel
        steps={[
          {
            title: '1. Embed the picture',
            note: 'Once a picture: what is asked next carries the vector, not the pixels.',
            request: (picture && embedder.requestOf(picture.id)) ?? null,
          },
          {
            title: '2. Rank the captions',
            note: 'At every change. In place of an embedding, an image can be an upload, base64 or a url.',
            request: live.request,
          },
        ]}
      />
    </div>
  );
}

function idleWords(picture: Picture | null, count: number, durationMs: number | undefined): string {
  if (picture === null) return 'Choose, drop or paste a picture.';
  if (count === 0) return 'Write a caption to see how well it fits.';
  return durationMs === undefined ? '' : `Answered in ${Math.max(1, Math.round(durationMs))} ms.`;
}
