import type { JSX, TargetedPointerEvent } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { SelectionData } from '../../api/operations.ts';
import { formatDecimal } from '../../format-numbers.ts';
import { isMap } from './mask-sentence.ts';

const WIDTH = 1000;
const HEIGHT = 180;
const STRIP_HEIGHT = 12;
const GAP = 6;

/** Which coordinates are kept (the strip), and what each told of the alignment in training (the bars). */
export function RelevanceChart({ selection }: { selection: SelectionData }): JSX.Element {
  const { dim, k, relevance, params, name } = selection;
  const [coordinate, setCoordinate] = useState<number | null>(null);
  const titleId = useId();
  const kept = keptSet(selection);
  const step = WIDTH / dim;
  const values = relevance ?? [];
  const top = Math.max(0, ...values.filter((value) => typeof value === 'number'));
  const unit = unitOf(params);
  const onPointer = (event: TargetedPointerEvent<SVGSVGElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * dim);
    setCoordinate(Math.max(0, Math.min(dim - 1, at)));
  };
  const mixes = isMap(selection);
  return (
    <figure class="relevance">
      <figcaption id={titleId}>
        {relevance
          ? `Relevance of each of the ${dim} coordinates${unit}; ${
              mixes
                ? `“${name}” mixes them all into ${k}`
                : kept.size === dim
                  ? `“${name}” keeps them all`
                  : `the ${kept.size} that “${name}” keeps are dark and marked below`
            }.`
          : mixes
            ? `“${name}” mixes all ${dim} coordinates into ${k}; none is kept or dropped on its own.`
            : `The ${kept.size} of ${dim} coordinates that “${name}” keeps; the record holds no relevance.`}
      </figcaption>
      <svg
        class="relevance-plot"
        viewBox={`0 0 ${WIDTH} ${HEIGHT + GAP + STRIP_HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-labelledby={titleId}
        onPointerMove={onPointer}
        onPointerLeave={() => setCoordinate(null)}
      >
        <path class="bars-dropped" d={bars(values, top, step, (index) => !kept.has(index))} />
        <path class="bars-kept" d={bars(values, top, step, (index) => kept.has(index))} />
        <rect class="strip" x="0" y={HEIGHT + GAP} width={WIDTH} height={STRIP_HEIGHT} />
        <path class="strip-kept" d={strip(kept, step)} />
        {coordinate !== null && (
          <rect
            class="cursor"
            x={coordinate * step}
            y="0"
            width={step}
            height={HEIGHT + GAP + STRIP_HEIGHT}
          />
        )}
      </svg>
      <div class="relevance-axis" aria-hidden="true">
        <span>0</span>
        <span class="relevance-reading">
          {coordinate === null ? 'coordinate' : reading(coordinate, values, kept)}
        </span>
        <span>{dim - 1}</span>
      </div>
      <CoordinateTable selection={selection} kept={kept} unit={unit} />
    </figure>
  );
}

function keptSet({ dim, k, indices }: SelectionData): ReadonlySet<number> {
  if (indices) return new Set(indices);
  return new Set(k === dim ? Array.from({ length: dim }, (_, index) => index) : []);
}

/** A record says by what its relevance was measured, whatever strategy chose. */
function unitOf(params: unknown): string {
  const text = JSON.stringify(params);
  return text.includes('"estimator":"mutual-information"') ? ' (mutual information, nats)' : '';
}

type Values = readonly (number | null)[];

function bars(values: Values, top: number, step: number, wanted: (index: number) => boolean): string {
  if (top <= 0) return '';
  return values
    .map((value, index) => {
      if (value === null || value <= 0 || !wanted(index)) return '';
      const height = (value / top) * HEIGHT;
      return `M${(index * step).toFixed(2)} ${HEIGHT}v${(-height).toFixed(2)}h${(step * 0.8).toFixed(2)}V${HEIGHT}z`;
    })
    .join('');
}

function strip(kept: ReadonlySet<number>, step: number): string {
  return [...kept]
    .map(
      (index) =>
        `M${(index * step).toFixed(2)} ${HEIGHT + GAP}h${step.toFixed(2)}v${STRIP_HEIGHT}h${(-step).toFixed(2)}z`,
    )
    .join('');
}

function reading(index: number, values: Values, kept: ReadonlySet<number>): string {
  const value = values[index];
  const words = typeof value === 'number' ? `: ${formatDecimal(value, 4)}` : '';
  return `coordinate ${index}${words}, ${kept.has(index) ? 'kept' : 'dropped'}`;
}

const MOST_LISTED = 12;

/** The chart's text: the highest coordinates as a table, and every kept one as a list. */
function CoordinateTable({
  selection,
  kept,
  unit,
}: {
  selection: SelectionData;
  kept: ReadonlySet<number>;
  unit: string;
}): JSX.Element {
  const ranked = (selection.relevance ?? [])
    .map((value, index) => ({ index, value }))
    .filter((row): row is { index: number; value: number } => row.value !== null)
    .sort((a, b) => b.value - a.value)
    .slice(0, MOST_LISTED);
  return (
    <details class="coordinates">
      <summary>The same as text</summary>
      {ranked.length > 0 && (
        <table>
          <caption>
            The {ranked.length} most relevant coordinates{unit}
          </caption>
          <thead>
            <tr>
              <th scope="col">Coordinate</th>
              <th scope="col">Relevance</th>
              <th scope="col">Kept</th>
            </tr>
          </thead>
          <tbody>
            {ranked.map(({ index, value }) => (
              <tr key={index}>
                <th scope="row">{index}</th>
                <td>{formatDecimal(value, 4)}</td>
                <td>{kept.has(index) ? 'yes' : 'no'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p>
        {kept.size === selection.dim
          ? `All coordinates are kept, 0 to ${selection.dim - 1}.`
          : kept.size === 0
            ? 'No coordinate is kept on its own.'
            : `Kept: ${[...kept].join(', ')}.`}
      </p>
    </details>
  );
}
