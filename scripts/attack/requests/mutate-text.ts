import type { CaseRandom } from '../case-random.ts';

/** What parsers stumble over. */
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '"',
  '"""',
  '\\',
  ':',
  ',',
  '!',
  '$',
  '@',
  '...',
  '&',
  '|',
  '=',
  '#',
  'null',
  '1e999',
  '-',
  '%zz',
  '\0',
  '\ud800',
  '\ufeff',
  '\u2028',
  '__proto__',
  'on',
  'fragment',
  'query',
] as const;

/** The text with parts cut out, doubled, swapped or a piece put in, one to four times. */
export function mutateText(text: string, random: CaseRandom): string {
  let mutated = text;
  for (let times = 1 + random.nextInt(4); times > 0; times--) {
    const at = random.nextInt(mutated.length + 1);
    const end = Math.min(mutated.length, at + random.skewed(0, 40));
    const part = mutated.slice(at, end);
    const put = random.pick([
      '',
      part + part,
      random.pick(PIECES),
      part.toUpperCase(),
      [...part].reverse().join(''),
    ]);
    mutated = mutated.slice(0, at) + put + mutated.slice(end);
  }
  return mutated;
}
