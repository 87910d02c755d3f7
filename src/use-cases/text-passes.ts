/** What a text costs however short it is, and what each character adds, as far as the longest that a tower reads. */
const BASE = 50_000;
const PER_CHARACTER = 2_000;
const MOST_CHARACTERS = 130;

/**
 * What a text takes to encode at most, in the unit of pictures: pixel passes of about 30 ns. 310,000 are 9 ms, which is what 4,096 digits
 * take of the embedded encoder, of whose tokens the tower reads the first.
 * @param characters UTF-16 units
 */
export function textPasses(characters: number): number {
  return BASE + PER_CHARACTER * Math.min(characters, MOST_CHARACTERS);
}

/** What pictures and texts of one request may cost together, of what its pictures alone may: 3.5 s of a core by default. */
export const TOGETHER = 7 / 6;
