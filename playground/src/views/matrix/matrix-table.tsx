import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useContext, useState } from 'preact/hooks';
import type { Failure } from '../../api/failure.ts';
import { DecisionMark, decisionWord } from '../../components/decision-mark.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { CrossIcon } from '../../components/icons.tsx';
import { PicturePreview } from '../../components/picture-preview.tsx';
import { formatPercent, formatScore } from '../../format-numbers.ts';
import { type Picture, pictureLabel } from '../../pictures/picture.ts';
import type { CaptionLine } from '../../state/captions.ts';
import { Deployment } from '../../state/deployment.ts';
import { arrowTarget } from '../../state/roving-focus.ts';
import { type MatrixCell, type MatrixCells, type Metric, decide, heatStep } from './matrix-cells.ts';

export interface MatrixRow {
  readonly picture: Picture;
  readonly failure: Failure | null;
}

/** A cell by its place, for the detail line. */
export interface Place {
  readonly picture: Picture;
  readonly line: CaptionLine;
  readonly cell: MatrixCell;
}

interface Props {
  readonly rows: readonly MatrixRow[];
  readonly lines: readonly CaptionLine[];
  readonly cells: MatrixCells;
  readonly metric: Metric;
  readonly stale: boolean;
  readonly onPlace: (place: Place | null) => void;
  readonly onRemove: (picture: Picture) => void;
  readonly onRetry: () => void;
}

/** Pictures down, captions across. One Tab stop among the cells; arrow keys move over the grid. */
export function MatrixTable(props: Props): JSX.Element {
  const { rows, lines, cells, metric, stale, onPlace } = props;
  const [stop, setStop] = useState<string | null>(null);
  const range = valueRange(rows, lines, cells, metric);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>): void => {
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('.cell')];
    if (!(event.target instanceof HTMLElement) || !event.target.classList.contains('cell')) return;
    const target = arrowTarget(event.key, buttons, event.target);
    if (target === null) return;
    event.preventDefault();
    target.focus();
  };
  const places = rows.flatMap(({ picture }) => lines.map((line) => placeKey(picture, line)));
  const tabStop = stop !== null && places.includes(stop) ? stop : firstPlace(rows, lines, cells);
  return (
    <div class="matrix-scroll" role="region" aria-label="Matrix of pictures and captions" tabIndex={0}>
      <table
        class={stale ? 'matrix matrix-stale' : 'matrix'}
        data-settled={!stale && cells.answered}
        style={{ '--columns': lines.length }}
        onKeyDown={onKeyDown}
      >
        <caption class="visually-hidden">
          {metric} of every picture (rows) with every caption (columns)
        </caption>
        <thead>
          <tr>
            <th scope="col" class="matrix-corner">
              <span class="visually-hidden">Picture</span>
            </th>
            {lines.map((line) => (
              <th scope="col" key={line.id} class="matrix-caption" title={line.text}>
                <span>{line.text}</span>
                <TextFailure failure={cells.textFailure(line)} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody onMouseLeave={() => onPlace(null)}>
          {rows.map((row) => (
            <tr key={row.picture.id}>
              <RowHead picture={row.picture} onRemove={props.onRemove} />
              {row.failure !== null ? (
                <td colSpan={lines.length} class="matrix-failure">
                  <FailureNotice failure={row.failure} onRetry={props.onRetry} inline />
                </td>
              ) : (
                lines.map((line) => {
                  const key = placeKey(row.picture, line);
                  const cell = cells.cell(row.picture.id, line);
                  return (
                    <td key={line.id}>
                      {cell === null ? (
                        <span class="cell-empty" />
                      ) : (
                        <CellButton
                          cell={cell}
                          metric={metric}
                          range={range}
                          isStop={key === tabStop}
                          isBest={isBestOfRow(cell, row.picture, lines, cells)}
                          onEnter={() => onPlace({ picture: row.picture, line, cell })}
                          onFocus={() => {
                            setStop(key);
                            onPlace({ picture: row.picture, line, cell });
                          }}
                        />
                      )}
                    </td>
                  );
                })
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const placeKey = (picture: Picture, line: CaptionLine): string => `${picture.id} ${line.id}`;

function firstPlace(rows: Props['rows'], lines: Props['lines'], cells: MatrixCells): string | null {
  for (const { picture, failure } of rows) {
    const line = failure === null && lines.find((one) => cells.cell(picture.id, one) !== null);
    if (line) return placeKey(picture, line);
  }
  return null;
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

function isBestOfRow(
  cell: MatrixCell,
  picture: Picture,
  lines: readonly CaptionLine[],
  cells: MatrixCells,
): boolean {
  return (
    lines.length > 1 &&
    lines.every((line) => (cells.cell(picture.id, line)?.score ?? -Infinity) <= cell.score)
  );
}

function TextFailure({ failure }: { failure: Failure | null }): JSX.Element | null {
  return failure === null ? null : <FailureNotice failure={failure} inline />;
}

function RowHead({ picture, onRemove }: { picture: Picture; onRemove: Props['onRemove'] }): JSX.Element {
  const label = pictureLabel(picture);
  return (
    <th scope="row" class="matrix-picture">
      <div class="matrix-head">
        <PicturePreview key={picture.id} picture={picture} />
        <span class="matrix-name">{label}</span>
        <button
          type="button"
          class="icon-button"
          aria-label={`Remove ${label}`}
          onClick={() => onRemove(picture)}
        >
          <CrossIcon />
        </button>
      </div>
    </th>
  );
}

interface CellProps {
  readonly cell: MatrixCell;
  readonly metric: Metric;
  readonly range: readonly [number, number];
  readonly isStop: boolean;
  readonly isBest: boolean;
  readonly onEnter: () => void;
  readonly onFocus: () => void;
}

function CellButton({ cell, metric, range, isStop, isBest, onEnter, onFocus }: CellProps): JSX.Element {
  const { selection } = useContext(Deployment);
  const value = cell[metric];
  const decision = selection && decide(cell.probability, selection);
  const spoken = [
    formatPercent(cell.probability),
    decision && decisionWord(decision),
    `cosine ${formatScore(cell.cosine)}`,
    `score ${formatScore(cell.score)}`,
    isBest && 'best of its row',
  ];
  return (
    <button
      type="button"
      class={`cell heat-${heatStep(value, range)}${isBest ? ' cell-best' : ''}`}
      aria-label={spoken.filter(Boolean).join(', ')}
      tabIndex={isStop ? 0 : -1}
      onMouseEnter={onEnter}
      onFocus={onFocus}
      onClick={onFocus}
    >
      <span>{metric === 'probability' ? formatPercent(value) : formatScore(value)}</span>
      {decision && metric === 'probability' && <DecisionMark decision={decision} brief />}
    </button>
  );
}
