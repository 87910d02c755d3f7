import type { JSX } from 'preact';
import { useContext, useState } from 'preact/hooks';
import { BaseRateControl } from '../../components/base-rate-control.tsx';
import { CaptionEditor } from '../../components/caption-editor.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { FileNote } from '../../components/file-note.tsx';
import { OwnCaptionsHint } from '../../components/own-captions-hint.tsx';
import { HonestyNote } from '../../components/honesty-note.tsx';
import { PicturePicker } from '../../components/picture-picker.tsx';
import { ProgressLine } from '../../components/progress-line.tsx';
import { RequestPanel } from '../../components/request-panel.tsx';
import { ViewIntro } from '../../components/view-intro.tsx';
import { SampleSets } from '../../components/sample-sets.tsx';
import { OWN_CAPTION_HINTS } from '../../pictures/own-picture-captions.ts';
import { useIncomingFiles } from '../../pictures/incoming-files.ts';
import { type CaptionLine, filledLines } from '../../state/captions.ts';
import { Deployment } from '../../state/deployment.ts';
import { CellDetail } from './cell-detail.tsx';
import type { Place } from './matrix-row.tsx';
import { MatrixTable } from './matrix-table.tsx';
import { MetricChoice } from './metric-choice.tsx';
import { type MatrixInputs, useMatrixInputs } from './use-matrix-inputs.ts';
import { type MatrixState, useMatrix } from './use-matrix.ts';

/** Several pictures against several captions as a heat map. */
export function MatrixView({ active }: { active: boolean }): JSX.Element {
  const { limits } = useContext(Deployment);
  const inputs = useMatrixInputs();
  const hovering = useIncomingFiles(active, inputs.addFiles);
  const lines = filledLines(inputs.captions);
  const matrix = useMatrix(active, inputs.pictures, lines);
  return (
    <div class={hovering ? 'matrix-view matrix-hover' : 'matrix-view'}>
      <ViewIntro>
        Every picture against every caption: the stronger the colour of a cell, the more probable that the
        caption is true of the picture. Add pictures and captions of your own.
      </ViewIntro>
      <MatrixPanel matrix={matrix} lines={lines} inputs={inputs} />
      <section class="panel" aria-labelledby="pictures-title">
        <h2 id="pictures-title">Pictures</h2>
        <FileNote pictures={inputs.pictures} />
        {inputs.aside !== '' && (
          <p class="hint" role="status">
            {inputs.aside}
          </p>
        )}
        <PicturePicker many onFiles={inputs.addFiles} onUrl={inputs.addUrl} />
        <SampleSets
          label="Sample pictures: choose any"
          mode="many"
          chosen={new Set(inputs.pictures.flatMap(({ sample }) => (sample ? [sample.url] : [])))}
          shown={inputs.sampleSet}
          onChoose={inputs.toggleSample}
          onShow={inputs.showSamples}
        />
      </section>
      <section class="panel" aria-labelledby="matrix-captions-title">
        <h2 id="matrix-captions-title">Captions</h2>
        {inputs.pictures.length > 0 && lines.length === 0 && <OwnCaptionsHint />}
        <CaptionEditor
          captions={inputs.captions}
          maxCharacters={limits?.textCharacters ?? null}
          hints={inputs.pictures.some(({ sample }) => sample) ? [] : OWN_CAPTION_HINTS}
          onChange={inputs.setCaptions}
        />
      </section>
      <div class="panel matrix-panel">
        <BaseRateControl />
        <HonestyNote />
      </div>
      <RequestPanel
        steps={[
          {
            title: '1. Embed the pictures',
            note: 'New pictures of one step go in one request; a broken one is an ItemError in its place.',
            request: matrix.embedRequest,
          },
          { title: '2. Score every pair', note: 'At every change.', request: matrix.matrixRequest },
        ]}
      />
    </div>
  );
}

interface PanelProps {
  readonly matrix: MatrixState;
  readonly lines: readonly CaptionLine[];
  readonly inputs: MatrixInputs;
}

function MatrixPanel({ matrix, lines, inputs }: PanelProps): JSX.Element {
  const { setMetric, removePicture } = inputs;
  const { hasScores } = matrix.cells;
  // Where every score is its cosine, one of them is shown.
  const metric = inputs.metric === 'score' && matrix.cells.answered && !hasScores ? 'cosine' : inputs.metric;
  const [place, setPlace] = useState<Place | null>(null);
  const cell = place && matrix.cells.cell(place.picture.id, place.line);
  return (
    <section class="panel matrix-panel" aria-labelledby="matrix-title">
      <div class="matrix-title">
        <h2 id="matrix-title">Matrix</h2>
        <MetricChoice metric={metric} hasScores={hasScores} onChoose={setMetric} />
      </div>
      {matrix.rows.length > 0 && (
        <MatrixTable
          rows={matrix.rows}
          lines={lines}
          cells={matrix.cells}
          metric={metric}
          freshness={matrix.freshness}
          onPlace={setPlace}
          onRemove={removePicture}
          onRetry={matrix.retry}
        />
      )}
      {matrix.failure !== null && <FailureNotice failure={matrix.failure} onRetry={matrix.retry} />}
      <CellDetail
        place={place}
        cell={cell}
        undecided={place && whyUndecided(place, matrix.cells)}
        hasScores={hasScores}
      />
      <ProgressLine
        doing={matrix.doing}
        idle={idleWords(matrix, lines.length)}
        freshness={matrix.freshness}
      />
    </section>
  );
}

function whyUndecided({ picture, line }: Place, cells: MatrixState['cells']): string | null {
  const sides = [
    ...(cells.isPictureOutside(picture.id) ? ['the picture'] : []),
    ...(cells.isTextOutside(line) ? ['the caption'] : []),
  ];
  if (sides.length === 0) return null;
  const words = `${sides.join(' and ')} ${sides.length === 1 ? 'is' : 'are'} unlike the calibration: nothing is decided`;
  return words[0].toUpperCase() + words.slice(1);
}

function idleWords({ rows, durationMs }: MatrixState, lineCount: number): string {
  if (rows.length === 0) return 'Add pictures to compare.';
  if (lineCount === 0) return 'Write captions to compare.';
  return durationMs === null ? '' : `Answered in ${Math.max(1, Math.round(durationMs))} ms.`;
}
