import { isBlank } from '../clip/blank-text.ts';

/** Words of a text that are left out one by one at most: of a longer text, so many runs of neighbours. */
export const MOST_WORDS = 24;

/** A word, or a run of neighbours, and the text without it. */
export interface LeftOutWord {
  /** As it stands in the text. */
  readonly text: string;
  /** Null where nothing is left that a text could say. */
  readonly without: string | null;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** What says something: a letter of any script, a digit, a picture, a flag. */
const SAYS = /[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}]/u;
/** What joins two words to one where it stands between them without a space: well-known, don't, AT&T. */
const JOINS = /^[-‐‑'’&/.+_@]$/u;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/**
 * The words of a text, in order, and the text without each. Words are those of Unicode's segmentation (UAX 29), which knows scripts
 * without spaces by dictionary; a hyphen or an apostrophe inside a word parts nothing. A text without words is one.
 * @returns 1 to `MOST_WORDS` of them
 */
export function leaveWordsOut(text: string): LeftOutWord[] {
  const words = wordsOf(text);
  const size = Math.ceil(words.length / MOST_WORDS);
  const runs = Array.from({ length: Math.ceil(words.length / size) }, (_, i) => ({
    from: words[i * size].from,
    to: words[Math.min(words.length, (i + 1) * size) - 1].to,
  }));
  return runs.map(({ from, to }) => {
    const without = `${text.slice(0, from)} ${text.slice(to)}`.replace(/\s+/gu, ' ').trim();
    return { text: text.slice(from, to), without: isBlank(without) || !SAYS.test(without) ? null : without };
  });
}

function wordsOf(text: string): readonly Span[] {
  const words: Span[] = [];
  let joiner: Span | null = null;
  for (const { segment, index } of segmenter.segment(text)) {
    const span = { from: index, to: index + segment.length };
    const last = words.at(-1);
    if (!SAYS.test(segment)) {
      joiner = last?.to === index && JOINS.test(segment) ? span : null;
    } else if (last !== undefined && joiner?.to === index) {
      words[words.length - 1] = { from: last.from, to: span.to };
      joiner = null;
    } else {
      words.push(span);
      joiner = null;
    }
  }
  return words.length === 0 ? [{ from: 0, to: text.length }] : words;
}
