/** A picture of the sample dataset with its one caption. */
export interface SampleRow {
  /** Path in the dataset. */
  readonly image: string;
  readonly caption: string;
  /** Drawing or photograph. */
  readonly kind: string;
  readonly source: string;
}

/** A picture to choose from, with what it is shown among. */
export interface OpeningPicture {
  readonly image: string;
  /** Captions of its set that the encoder does not take for its own. */
  readonly others: readonly string[];
}

/** One whose own caption is beaten. */
export interface HardPicture extends OpeningPicture {
  /** Captions of the sample that the encoder puts before its own, nearest first; at least one. */
  readonly rivals: readonly string[];
}

/** What the page opens with, and what it shows as hard: kinds by turns, photographs first. */
export interface OpeningChoice {
  /** In cosine. */
  readonly margin: number;
  /** Every one's own caption is nearer to it than those of all the others here, by the margin at least. */
  readonly right: readonly OpeningPicture[];
  readonly hard: readonly HardPicture[];
}

/** How far ahead of the others' captions a picture's own lies, in cosine: the first pictures are chosen by the widest. */
const MARGINS = [0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1];
/** How far behind a rival its own caption lies at least, for a picture to be called hard. */
const HARD_MARGIN = 0.1;
const RIVALS = 2;
/** Captions beside its own that a picture is shown with. */
const COMPANIONS = 5;
/** Kinds in the order of their turns. */
const KINDS = ['photograph', 'drawing'];

type Cosine = (picture: number, caption: number) => number;

/**
 * Choose by the encoder alone which pictures it gets right among each other and which it does not.
 * @param cosines picture by caption, row-major [rows, rows]: row i with column i is a picture with its own caption
 * @param count at most so many of either, half of them of each kind; fewer when no more fit
 * O(rows²·log rows + rows·count a margin)
 */
export function chooseOpening(
  rows: readonly SampleRow[],
  cosines: Float32Array,
  count: number,
): OpeningChoice {
  const at: Cosine = (picture, caption) => cosines[picture * rows.length + caption];
  const rivals = rows.map((row, i) => rivalsOf(i, row, rows, at));
  const lead = rivals.map(([best], i) => at(i, i) - at(i, best));
  const indices = rows.map((_, i) => i);
  const { chosen, margin } = chooseRight(inOrder(indices, rows, lead), rows, count, at);
  const behind = indices.filter((i) => lead[i] <= -HARD_MARGIN && !chosen.includes(i));
  const isWorse = lead.map((value) => -value);
  const hard = takeByKind(inOrder(behind, rows, isWorse), rows, count, [], () => true);
  const captionsOf = (columns: readonly number[]): string[] => columns.map((j) => rows[j].caption);
  return {
    margin,
    right: chosen.map((i) => ({
      image: rows[i].image,
      others: captionsOf(clearlyOthers(i, chosen, at, COMPANIONS)),
    })),
    hard: hard.map((i) => {
      const before = rivals[i].filter((j) => at(i, j) > at(i, i));
      const rest = hard.filter((j) => !before.includes(j));
      const others = captionsOf(clearlyOthers(i, rest, at, COMPANIONS - before.length));
      return { image: rows[i].image, rivals: captionsOf(before), others };
    }),
  };
}

/**
 * One after the other, each that keeps the margin to the chosen ones and leaves them theirs; by a narrower margin when no more fit. So the first
 * ones, which the page opens with, are furthest apart.
 */
function chooseRight(
  ordered: readonly number[],
  rows: readonly SampleRow[],
  count: number,
  at: Cosine,
): { readonly chosen: readonly number[]; readonly margin: number } {
  let chosen: readonly number[] = [];
  let last = MARGINS[0];
  for (const margin of MARGINS) {
    if (chosen.length >= count) break;
    last = margin;
    const left = ordered.filter((i) => !chosen.includes(i));
    chosen = takeByKind(left, rows, count, chosen, (i, taken) =>
      taken.every((j) => at(i, i) - at(i, j) >= margin && at(j, j) - at(j, i) >= margin),
    );
  }
  return { chosen, margin: last };
}

/** Columns spread over the further half of the set, the nearest of them first. */
function clearlyOthers(i: number, set: readonly number[], at: Cosine, count: number): number[] {
  const sorted = set.filter((j) => j !== i).sort((a, b) => at(i, b) - at(i, a) || a - b);
  const far = sorted.slice(Math.floor(sorted.length / 2));
  const length = Math.min(count, far.length);
  return Array.from({ length }, (_, n) => far[Math.floor(((n + 0.5) * far.length) / length)]);
}

/** Columns of the nearest captions that are not the picture's own, nearest first. Those that share a word with its own may be true of it too. */
function rivalsOf(i: number, own: SampleRow, rows: readonly SampleRow[], at: Cosine): number[] {
  const words = tellingWords(own.caption);
  return rows
    .map((_, j) => j)
    .filter((j) => j !== i && tellingWords(rows[j].caption).isDisjointFrom(words))
    .sort((a, b) => at(i, b) - at(i, a) || a - b)
    .slice(0, RIVALS);
}

const EMPTY_WORDS = new Set([
  'with',
  'from',
  'into',
  'under',
  'along',
  'seen',
  'that',
  'their',
  'over',
  'and',
  'the',
]);

/** The words of a caption that say something, in a cheap singular. */
function tellingWords(caption: string): Set<string> {
  const words = caption.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return new Set(
    words.filter((word) => word.length > 2 && !EMPTY_WORDS.has(word)).map((word) => word.replace(/s$/, '')),
  );
}

/** Sources take turns, each with its best first, so that neither set comes from one of them; the source with the best begins. */
function inOrder(indices: readonly number[], rows: readonly SampleRow[], worth: readonly number[]): number[] {
  const sorted = indices.toSorted((a, b) => worth[b] - worth[a] || a - b);
  const groups = [...Map.groupBy(sorted, (i) => rows[i].source).values()];
  const longest = Math.max(0, ...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, turn) =>
    groups.flatMap((group) => group.slice(turn, turn + 1)),
  ).flat();
}

/** Go on with the kinds by turns, each in the given order, until `count` are taken or a kind has no more that fits. */
function takeByKind(
  indices: readonly number[],
  rows: readonly SampleRow[],
  count: number,
  before: readonly number[],
  fits: (index: number, taken: readonly number[]) => boolean,
): number[] {
  const queues = KINDS.map((kind) => indices.filter((i) => rows[i].kind === kind));
  const taken = [...before];
  while (taken.length < count) {
    const queue = queues[taken.length % KINDS.length];
    let next = queue.shift();
    while (next !== undefined && !fits(next, taken)) next = queue.shift();
    if (next === undefined) break;
    taken.push(next);
  }
  return taken;
}
