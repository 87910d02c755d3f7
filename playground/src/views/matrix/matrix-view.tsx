import type { JSX } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { samplePictures } from 'virtual:sample-pictures';
import { type MatrixData, matrixRequest } from '../../api/operations.ts';
import { BaseRateControl } from '../../components/base-rate-control.tsx';
import { CaptionEditor } from '../../components/caption-editor.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { HonestyNote } from '../../components/honesty-note.tsx';
import { PicturePicker } from '../../components/picture-picker.tsx';
import { ProgressLine } from '../../components/progress-line.tsx';
import { RequestPanel } from '../../components/request-panel.tsx';
import { SampleGrid } from '../../components/sample-grid.tsx';
import { formatCount } from '../../format-numbers.ts';
import { useIncomingFiles } from '../../pictures/incoming-files.ts';
import { type Picture, pictureOfFile, pictureOfSample } from '../../pictures/picture.ts';
import type { SamplePicture } from '../../pictures/sample-picture.ts';
import { useEmbedded } from '../../pictures/use-embedded.ts';
import { captionList, filledLines } from '../../state/captions.ts';
import { Deployment } from '../../state/deployment.ts';
import { useLiveRequest } from '../../state/live-request.ts';
import { tooManyTexts } from '../../state/text-limit.ts';
import { CellDetail } from './cell-detail.tsx';
import { METRICS, type MatrixInput, type Metric, NO_CELLS, matrixCells } from './matrix-cells.ts';
import { MatrixTable, type Place } from './matrix-table.tsx';

const STARTING_SAMPLES = samplePictures.slice(0, 4);

/** Several pictures against several captions as a heat map. */
export function MatrixView({ active }: { active: boolean }): JSX.Element {
  const { embedder, limits, selectionName, baseRate, announce } = useContext(Deployment);
  const [pictures, setPictures] = useState<readonly Picture[]>(() => STARTING_SAMPLES.map(pictureOfSample));
  const [captions, setCaptions] = useState(() =>
    captionList(STARTING_SAMPLES.length > 0 ? STARTING_SAMPLES.map(({ caption }) => caption) : ['']),
  );
  const [metric, setMetric] = useState<Metric>('probability');
  const [place, setPlace] = useState<Place | null>(null);

  const addFiles = (files: readonly File[]): void =>
    setPictures((before) => [...before, ...files.map(pictureOfFile)]);
  const removePicture = (picture: Picture): void => {
    setPlace(null);
    setPictures((before) => before.filter(({ id }) => id !== picture.id));
  };
  const toggleSample = (sample: SamplePicture): void => {
    const picture = pictureOfSample(sample);
    const isThere = pictures.some(({ id }) => id === picture.id);
    if (isThere) removePicture(picture);
    else setPictures([...pictures, picture]);
  };
  const hovering = useIncomingFiles(active, addFiles);

  const shown = useEmbedded(pictures, active);
  const lines = filledLines(captions);
  const tooMany = tooManyTexts(lines.length, limits);
  const ready = shown.flatMap(({ picture, embedded }) =>
    embedded.status === 'ready' ? [{ id: picture.id, vector: embedded.vector }] : [],
  );
  const waiting = limits !== null && shown.some(({ embedded }) => embedded.status === 'waiting');
  const asked =
    active && !waiting && ready.length > 0 && lines.length > 0 && tooMany === null
      ? {
          request: matrixRequest(
            ready.map(({ vector }) => vector),
            lines.map(({ text }) => text),
            { selection: selectionName, baseRate },
          ),
          input: { pictureIds: ready.map(({ id }) => id), lines },
        }
      : null;
  const live = useLiveRequest<MatrixInput, MatrixData>(asked);
  const cells = useMemo(
    () => (live.answer ? matrixCells(live.answer.input, live.answer.data) : NO_CELLS),
    [live.answer],
  );
  const rows = shown.map(({ picture, embedded }) => ({
    picture,
    failure: embedded.status === 'failed' ? embedded.failure : cells.pictureFailure(picture.id),
  }));
  const failedCount = rows.filter(({ failure }) => failure !== null).length;

  useEffect(() => {
    if (!active || live.answer === null || live.pending || waiting) return;
    const failed = failedCount > 0 ? ` ${formatCount(failedCount, 'picture')} failed.` : '';
    const size = `${formatCount(rows.length, 'picture')} by ${formatCount(lines.length, 'caption')}`;
    const timer = setTimeout(() => announce(`Matrix of ${size} answered.${failed}`), 700);
    return () => clearTimeout(timer);
  }, [active, live.answer, live.pending, waiting, failedCount]);

  const request = shown
    .map(({ picture }) => embedder.requestOf(picture.id))
    .findLast((one) => one !== undefined);
  return (
    <div class={hovering ? 'matrix-view matrix-hover' : 'matrix-view'}>
      <section class="panel" aria-labelledby="pictures-title">
        <h2 id="pictures-title">Pictures</h2>
        <PicturePicker many onFiles={addFiles} />
        <SampleGrid
          label="Sample pictures: choose any"
          mode="many"
          chosen={new Set(pictures.flatMap(({ sample }) => (sample ? [sample.url] : [])))}
          onChoose={toggleSample}
        />
      </section>
      <section class="panel" aria-labelledby="matrix-captions-title">
        <h2 id="matrix-captions-title">Captions</h2>
        <CaptionEditor
          captions={captions}
          maxCharacters={limits?.textCharacters ?? null}
          onChange={setCaptions}
        />
      </section>
      <section class="panel matrix-panel" aria-labelledby="matrix-title">
        <div class="matrix-title">
          <h2 id="matrix-title">Matrix</h2>
          <MetricChoice metric={metric} onChoose={setMetric} />
        </div>
        {rows.length > 0 && (
          <MatrixTable
            rows={rows}
            lines={lines}
            cells={cells}
            metric={metric}
            stale={live.pending || waiting}
            onPlace={setPlace}
            onRemove={removePicture}
            onRetry={() => limits && embedder.retry(pictures, limits)}
          />
        )}
        {(tooMany ?? live.failure) !== null && (
          <FailureOf failure={tooMany ?? live.failure} onRetry={live.retry} />
        )}
        <CellDetail place={place} />
        <ProgressLine
          pace={waiting && live.pace === 'quick' ? 'slow' : live.pace}
          doing={waiting ? 'Encoding the pictures' : 'Scoring'}
          idle={idleWords(rows.length, lines.length, live.answer?.durationMs)}
        />
        <BaseRateControl />
        <HonestyNote />
      </section>
      <RequestPanel
        steps={[
          {
            title: '1. Embed the pictures',
            note: 'New pictures of one step go in one request; a broken one is an ItemError in its place.',
            request: request ?? null,
          },
          { title: '2. Score every pair', note: 'At every change.', request: live.request },
        ]}
      />
    </div>
  );
}

function FailureOf({ failure, onRetry }: { failure: ReturnType<typeof tooManyTexts>; onRetry: () => void }) {
  return failure === null ? null : <FailureNotice failure={failure} onRetry={onRetry} />;
}

function MetricChoice({
  metric,
  onChoose,
}: {
  metric: Metric;
  onChoose: (metric: Metric) => void;
}): JSX.Element {
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">Show in the cells</legend>
      {METRICS.map((name) => (
        <label key={name} class="segment">
          <input
            type="radio"
            name="metric"
            value={name}
            checked={name === metric}
            onChange={() => onChoose(name)}
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

function idleWords(pictureCount: number, captionCount: number, durationMs: number | undefined): string {
  if (pictureCount === 0) return 'Add pictures to compare.';
  if (captionCount === 0) return 'Write captions to compare.';
  return durationMs === undefined ? '' : `Answered in ${Math.max(1, Math.round(durationMs))} ms.`;
}
