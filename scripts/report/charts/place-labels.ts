import { spreadLabels } from './spread-labels.ts';

/** A point that wants its name beside it, in pixels. */
export interface Anchor {
  readonly x: number;
  readonly y: number;
  /** Kept free around it. */
  readonly radius: number;
  /** Of its name. */
  readonly width: number;
  /** Named even where its name lies on a line. */
  readonly isNeeded: boolean;
}

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** From the point to where the text is anchored, in the middle of its height. */
export interface Placement {
  readonly dx: number;
  readonly dy: number;
  readonly textAnchor: 'start' | 'end' | 'middle';
}

const GAP = 5;
/** A name further from its point than so many lines would have to be looked for. */
const MOST_LINES = 2;

export interface Segment {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
}

export interface LabelRoom {
  /** Of a name. */
  readonly lineHeight: number;
  /** Drawn lines, which names keep off while there is another place. */
  readonly lines: readonly Segment[];
}

/**
 * Names beside their points. Points that stand above one another, as the ends of lines do, get theirs in a column to the right, in
 * their order and as near as they fit. Any other takes the first free place: right, a few lines up or down, above, below, left. No name
 * lies on another, on a point, or outside the frame; one that finds no place has none (null), and neither has one that is not needed and
 * would lie on a line.
 * @param anchors the most important first: each takes the best place that is left
 * O(n² + n·lines)
 */
export function placeLabels(
  anchors: readonly Anchor[],
  frame: Box,
  { lineHeight, lines }: LabelRoom,
): (Placement | null)[] {
  const taken = anchors.map(({ x, y, radius }) => around(x, y, radius));
  const isFree = (own: number, placement: Placement): boolean => {
    const box = boxOf(anchors[own], placement, lineHeight);
    return contains(frame, box) && taken.every((other, i) => i === own || !overlap(box, other));
  };
  const isClear = (own: number, placement: Placement): boolean =>
    !lines.some((line) => crosses(line, boxOf(anchors[own], placement, lineHeight)));
  const placed = new Array<Placement | null>(anchors.length).fill(null);
  const take = (own: number, placement: Placement): void => {
    placed[own] = placement;
    taken.push(boxOf(anchors[own], placement, lineHeight));
  };
  for (const column of columnsOf(anchors)) {
    const together = columnPlacements(
      column.map((i) => anchors[i]),
      frame,
      lineHeight,
    );
    if (column.length > 1 && together.every((placement, i) => isFree(column[i], placement))) {
      together.forEach((placement, i) => take(column[i], placement));
      continue;
    }
    for (const own of column) {
      const free = candidates(anchors[own], lineHeight).filter((placement) => isFree(own, placement));
      const clear = free.find((placement) => isClear(own, placement));
      const best = clear ?? (anchors[own].isNeeded ? free.at(0) : undefined);
      if (best !== undefined) take(own, best);
    }
  }
  return placed;
}

/** Points nearer than this stand above one another. */
const COLUMN_PIXELS = 14;

/** Indices of points that stand above one another, in the order of the most important of each. */
function columnsOf(anchors: readonly Anchor[]): number[][] {
  const columns: number[][] = [];
  anchors.forEach(({ x }, i) => {
    const column = columns.find(([first]) => Math.abs(anchors[first].x - x) < COLUMN_PIXELS);
    if (column === undefined) columns.push([i]);
    else column.push(i);
  });
  return columns;
}

/** All to the right, on one edge, moved apart. */
function columnPlacements(column: readonly Anchor[], { top, bottom }: Box, lineHeight: number): Placement[] {
  const heights = spreadLabels(
    column.map(({ y }) => y),
    lineHeight,
    [top + lineHeight / 2, bottom - lineHeight / 2],
  );
  const edge = Math.max(...column.map(({ x, radius }) => x + radius)) + 2 * GAP;
  return column.map(({ x, y }, i) => ({ dx: edge - x, dy: heights[i] - y, textAnchor: 'start' }));
}

const STEP_PIXELS = 4;

/** Whether a line passes through a box, looked at every few pixels. */
function crosses({ from, to }: Segment, { left, right, top, bottom }: Box): boolean {
  const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / STEP_PIXELS);
  for (let step = 0; step <= steps; step++) {
    const share = steps === 0 ? 0 : step / steps;
    const x = from.x + share * (to.x - from.x);
    const y = from.y + share * (to.y - from.y);
    if (x > left && x < right && y > top && y < bottom) return true;
  }
  return false;
}

function candidates({ radius }: Anchor, lineHeight: number): Placement[] {
  const aside = radius + GAP;
  const lines = [0];
  for (let line = 1; line <= MOST_LINES; line++) lines.push(-line, line);
  const beside = (dx: number, textAnchor: 'start' | 'end'): Placement[] =>
    // Further away the leader needs room to be seen.
    lines.map((line) => ({ dx: line === 0 ? dx : 2 * dx, dy: line * lineHeight, textAnchor }));
  const above = radius + lineHeight / 2 + 1;
  const [left, ...leftAndAway] = beside(-aside, 'end');
  return [
    ...beside(aside, 'start'),
    { dx: 0, dy: -above, textAnchor: 'middle' },
    { dx: 0, dy: above, textAnchor: 'middle' },
    left,
    // At an edge of the frame: a name that ends, or begins, with its point.
    { dx: radius, dy: -above, textAnchor: 'end' },
    { dx: -radius, dy: -above, textAnchor: 'start' },
    ...leftAndAway,
  ];
}

/** What a placed name covers. */
export function boxOf({ x, y, width }: Anchor, { dx, dy, textAnchor }: Placement, lineHeight: number): Box {
  const at = x + dx;
  const left = textAnchor === 'start' ? at : textAnchor === 'end' ? at - width : at - width / 2;
  return { left, right: left + width, top: y + dy - lineHeight / 2, bottom: y + dy + lineHeight / 2 };
}

function around(x: number, y: number, radius: number): Box {
  return { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius };
}

export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

export function contains(frame: Box, box: Box): boolean {
  return (
    box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom
  );
}
