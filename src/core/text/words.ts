/** Where a word stands in a text, in UTF-16 units. */
export interface WordSpan {
  readonly from: number;
  readonly to: number;
}

/** What says something: a letter of any script, a digit, a picture, a flag. */
const SAYS = /[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}]/u;
/** What joins two words to one where it alone stands between them: well-known, don't, AT&T, C++11. */
const JOINS = /^(?:[-‐‑'’&/._@]|[+#]+)$/u;
/** What belongs to the word before it, as in C++ and C#. */
const ENDS = /[+#]+/uy;
/** Scripts that put no space between words. */
const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/** Whether a text, or a part of one, says anything. */
export function saysSomething(text: string): boolean {
  return SAYS.test(text);
}

/** Whether the script of a text puts no space between words, so that one character may be a word. */
export function isSpaceless(text: string): boolean {
  return SPACELESS.test(text);
}

/**
 * The words of a text, in order: those of Unicode's segmentation (UAX 29), which knows scripts without spaces by dictionary. A hyphen or an
 * apostrophe inside a word parts nothing, nor do signs at its end: "C++" is not "C".
 */
export function wordSpans(text: string): WordSpan[] {
  const words: WordSpan[] = [];
  for (const { segment, index } of segmenter.segment(text)) {
    if (!SAYS.test(segment)) continue;
    const last = words.at(-1);
    const isJoined = last !== undefined && JOINS.test(text.slice(last.to, index));
    const span = { from: isJoined ? last.from : index, to: index + segment.length };
    words.splice(isJoined ? -1 : words.length, 1, span);
  }
  return words.map(({ from, to }, i) => {
    ENDS.lastIndex = to;
    const end = ENDS.test(text) ? ENDS.lastIndex : to;
    const next = words[i + 1]?.from ?? text.length;
    return { from, to: Math.min(end, next) };
  });
}
