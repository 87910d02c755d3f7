import type { JSX } from 'preact';
import { DecisionMark } from '../../components/decision-mark.tsx';
import { Explain } from '../../components/explain.tsx';
import { StoredPicture } from '../../components/stored-picture.tsx';
import { formatPercent, formatScore } from '../../format-numbers.ts';
import { pictureLabel } from '../../pictures/picture.ts';
import type { MatrixCell } from './matrix-cells.ts';
import type { Place } from './matrix-row.tsx';

const DECISIONS = ['MATCH', 'UNCERTAIN', 'MISMATCH'] as const;

/** The signs of the cells, with their words. */
function DecisionKey(): JSX.Element {
  return (
    <>
      {DECISIONS.map((decision) => (
        <DecisionMark key={decision} decision={decision} />
      ))}
    </>
  );
}

interface Props {
  readonly place: Place | null;
  readonly cell: MatrixCell | null;
  /** Why nothing is decided of it; null where the thresholds decide. */
  readonly undecided: string | null;
  /** Some score is another number than its cosine. */
  readonly hasScores: boolean;
}

/** The cell under the pointer or in focus, in full. It keeps its room when there is none. */
export function CellDetail({ place, cell, undecided, hasScores }: Props): JSX.Element {
  if (place === null || cell === null) {
    return (
      <p class="cell-detail hint">
        <span>
          Point at a cell, or move with the arrow keys, to read it in full. Underlined: the best caption of
          its row. Framed: the picture’s own. <DecisionKey /> <Explain term="decision" />
        </span>
      </p>
    );
  }
  const { picture, line } = place;
  return (
    <div class="cell-detail">
      {picture.previewUrl !== null && (
        <StoredPicture class="cell-detail-picture" src={picture.previewUrl} alt="" />
      )}
      <p>
        <span class="cell-detail-text">“{line.text}”</span>
        <span class="hint">
          for {picture.sample ? 'the picture of ' : ''}
          {pictureLabel(picture)}
          {undecided !== null && `. ${undecided}`}
        </span>
      </p>
      <p class="cell-detail-figures">
        {cell.decision && <DecisionMark decision={cell.decision} />}
        <strong>{formatPercent(cell.probability)}</strong>
        <span>cosine {formatScore(cell.cosine)}</span>
        {hasScores && <span>score {formatScore(cell.score)}</span>}
      </p>
    </div>
  );
}
