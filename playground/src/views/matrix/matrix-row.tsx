import type { JSX } from 'preact';
import type { Failure } from '../../api/failure.ts';
import { DecisionMark, decisionWord } from '../../components/decision-mark.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { CrossIcon } from '../../components/icons.tsx';
import { PicturePreview } from '../../components/picture-preview.tsx';
import { formatPercent, formatScore } from '../../format-numbers.ts';
import { type Picture, pictureLabel } from '../../pictures/picture.ts';
import type { CaptionLine } from '../../state/captions.ts';
import { type MatrixCell, type MatrixCells, type Metric, heatStep } from './matrix-cells.ts';

export interface MatrixRow {
  readonly picture: Picture;
  readonly failure: Failure | null;
}

/** A cell by its row and column. */
export interface Place {
  readonly picture: Picture;
  readonly line: CaptionLine;
}

export const placeKey = ({ picture, line }: Place): string => `${picture.id} ${line.id}`;

interface Props {
  readonly row: MatrixRow;
  readonly lines: readonly CaptionLine[];
  readonly cells: MatrixCells;
  readonly metric: Metric;
  /** Least and most of the matrix, for the colours. */
  readonly range: readonly [number, number];
  /** The place whose cell is the Tab stop. */
  readonly stop: string | null;
  readonly onPoint: (place: Place) => void;
  readonly onFocus: (place: Place) => void;
  readonly onRemove: (picture: Picture) => void;
  readonly onRetry: () => void;
}

/** A picture and its cells, or its error in their place. */
export function MatrixRowView(props: Props): JSX.Element {
  const { row, lines, cells, metric, range, stop } = props;
  const { picture, failure } = row;
  if (failure !== null) {
    return (
      <tr>
        <RowHead picture={picture} isOutside={false} onRemove={props.onRemove} />
        <td colSpan={Math.max(1, lines.length)} class="matrix-failure">
          <FailureNotice failure={failure} onRetry={props.onRetry} inline />
        </td>
      </tr>
    );
  }
  return (
    <tr>
      <RowHead picture={picture} isOutside={cells.isPictureOutside(picture.id)} onRemove={props.onRemove} />
      {lines.map((line) => {
        const place = { picture, line };
        const cell = cells.cell(picture.id, line);
        return (
          <td key={line.id}>
            {cell === null ? (
              <span class="cell-empty" />
            ) : (
              <CellButton
                cell={cell}
                metric={metric}
                step={heatStep(cell[metric], range)}
                isStop={placeKey(place) === stop}
                isBest={isBestOfRow(cell, picture, lines, cells)}
                isOwn={line.text === picture.sample?.caption}
                hasScore={cells.hasScores}
                onPoint={() => props.onPoint(place)}
                onFocus={() => props.onFocus(place)}
              />
            )}
          </td>
        );
      })}
    </tr>
  );
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

function RowHead({
  picture,
  isOutside,
  onRemove,
}: Pick<Props, 'onRemove'> & { readonly picture: Picture; readonly isOutside: boolean }): JSX.Element {
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
      {isOutside && <OutsideNote />}
    </th>
  );
}

/** In a head: of what stands there nothing is decided. */
export function OutsideNote(): JSX.Element {
  return (
    <span
      class="matrix-outside hint"
      title="Unlike what the selection was calibrated on: nothing is decided."
    >
      unlike the calibration
    </span>
  );
}

interface CellProps {
  readonly cell: MatrixCell;
  readonly metric: Metric;
  readonly step: number;
  readonly isStop: boolean;
  readonly isBest: boolean;
  /** The caption of a sample picture itself. */
  readonly isOwn: boolean;
  readonly hasScore: boolean;
  readonly onPoint: () => void;
  readonly onFocus: () => void;
}

function CellButton(props: CellProps): JSX.Element {
  const { cell, metric, step, isStop, isBest, isOwn, hasScore, onPoint, onFocus } = props;
  const { decision } = cell;
  const spoken = [
    formatPercent(cell.probability),
    decision && decisionWord(decision),
    `cosine ${formatScore(cell.cosine)}`,
    hasScore && `score ${formatScore(cell.score)}`,
    isBest && 'best of its row',
    isOwn && 'the picture’s own caption',
  ];
  return (
    <button
      type="button"
      class={`cell heat-${step}${isBest ? ' cell-best' : ''}${isOwn ? ' cell-own' : ''}`}
      aria-label={spoken.filter(Boolean).join(', ')}
      tabIndex={isStop ? 0 : -1}
      onMouseEnter={onPoint}
      onFocus={onFocus}
      onClick={onFocus}
    >
      <span>{metric === 'probability' ? formatPercent(cell.probability) : formatScore(cell[metric])}</span>
      {decision && metric === 'probability' && <DecisionMark decision={decision} brief />}
    </button>
  );
}
