import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useState } from 'preact/hooks';
import { FailureNotice } from '../../components/failure-notice.tsx';
import type { Picture } from '../../pictures/picture.ts';
import type { CaptionLine } from '../../state/captions.ts';
import type { Freshness } from '../../state/freshness.ts';
import { arrowTarget } from '../../state/roving-focus.ts';
import type { MatrixCells, Metric } from './matrix-cells.ts';
import { type MatrixRow, MatrixRowView, OutsideNote, type Place, placeKey } from './matrix-row.tsx';

interface Props {
  readonly rows: readonly MatrixRow[];
  readonly lines: readonly CaptionLine[];
  readonly cells: MatrixCells;
  readonly metric: Metric;
  readonly freshness: Freshness;
  readonly onPlace: (place: Place | null) => void;
  readonly onRemove: (picture: Picture) => void;
  readonly onRetry: () => void;
}

/** Pictures down, captions across. One Tab stop among the cells; arrow keys move over the grid. */
export function MatrixTable(props: Props): JSX.Element {
  const { rows, lines, cells, metric, freshness, onPlace, onRemove, onRetry } = props;
  const [focused, setFocused] = useState<string | null>(null);
  const stop = tabStop(focused, rows, lines, cells);
  const range = valueRange(rows, lines, cells, metric);
  const onFocus = (place: Place): void => {
    setFocused(placeKey(place));
    onPlace(place);
  };
  return (
    <div class="matrix-scroll" role="region" aria-label="Matrix of pictures and captions" tabIndex={0}>
      <table
        class="matrix"
        data-freshness={freshness}
        data-settled={freshness === 'current'}
        style={{ '--columns': lines.length }}
        onKeyDown={moveByArrows}
      >
        <caption class="visually-hidden">
          {metric} of every picture (rows) with every caption (columns)
        </caption>
        <CaptionHeads lines={lines} cells={cells} />
        <tbody onMouseLeave={() => onPlace(null)}>
          {rows.map((row) => (
            <MatrixRowView
              key={row.picture.id}
              {...{ row, lines, cells, metric, range, stop, onFocus, onRemove, onRetry }}
              onPoint={onPlace}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CaptionHeads({ lines, cells }: Pick<Props, 'lines' | 'cells'>): JSX.Element {
  return (
    <thead>
      <tr>
        <th scope="col" class="matrix-corner">
          <span class="visually-hidden">Picture</span>
        </th>
        {lines.map((line) => {
          const failure = cells.textFailure(line);
          return (
            <th scope="col" key={line.id} class="matrix-caption" title={line.text}>
              <span>{line.text}</span>
              {failure !== null && <FailureNotice failure={failure} inline />}
              {cells.isTextOutside(line) && <OutsideNote />}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

function moveByArrows(event: TargetedKeyboardEvent<HTMLElement>): void {
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('.cell')];
  if (!(event.target instanceof HTMLElement) || !event.target.classList.contains('cell')) return;
  const target = arrowTarget(event.key, buttons, event.target);
  if (target === null) return;
  event.preventDefault();
  target.focus();
}

/** The cell that was focused last while it is there, else the first one with an answer. */
function tabStop(
  focused: string | null,
  rows: Props['rows'],
  lines: Props['lines'],
  cells: MatrixCells,
): string | null {
  const answered = rows
    .filter(({ failure }) => failure === null)
    .flatMap(({ picture }) => lines.map((line) => ({ picture, line })))
    .filter(({ picture, line }) => cells.cell(picture.id, line) !== null)
    .map(placeKey);
  return answered.find((key) => key === focused) ?? answered[0] ?? null;
}

function valueRange(
  rows: Props['rows'],
  lines: Props['lines'],
  cells: MatrixCells,
  metric: Metric,
): readonly [number, number] {
  if (metric === 'probability') return [0, 1];
  const values = rows.flatMap(({ picture }) => lines.map((line) => cells.cell(picture.id, line)?.[metric]));
  const known = values.filter((value) => value !== undefined);
  return [Math.min(...known), Math.max(...known)];
}
