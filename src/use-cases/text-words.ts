import { type WordSpan, isSpaceless, saysSomething, wordSpans } from '../core/text/words.ts';

/** Words of a text that are left out one by one at most: of a longer text, so many runs of neighbours. */
export const MOST_WORDS = 24;

/** A word, or a run of neighbours, and the text without it. */
export interface LeftOutWord {
  /** As it stands in the text. */
  readonly text: string;
  /** Null where nothing is left that a text could say. */
  readonly without: string | null;
}

/**
 * The words of a text, in order, and the text without each. A text without words is one.
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
    const without = join(text.slice(0, from), text.slice(to));
    return { text: text.slice(from, to), without: saysSomething(without) ? without : null };
  });
}

/** A text has a word where it says nothing too: itself. */
function wordsOf(text: string): readonly WordSpan[] {
  const words = wordSpans(text);
  return words.length === 0 ? [{ from: 0, to: text.length }] : words;
}

/** Without a space where the script has none: it would part what was not parted. */
function join(before: string, after: string): string {
  const isOneScript = isSpaceless(before.slice(-1)) && isSpaceless(after.slice(0, 1));
  return `${before}${isOneScript ? '' : ' '}${after}`.replace(/\s+/gu, ' ').trim();
}
