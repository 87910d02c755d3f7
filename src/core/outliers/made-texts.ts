import { type Random, createRandom } from '../random.ts';

/** Letters as pairs of the first and the last code point, and how many of them a word has at most. Source: Unicode 16, code charts. */
const SCRIPTS = {
  cyrillic: { letters: [0x430, 0x44f], longest: 9 },
  greek: { letters: [0x3b1, 0x3c9], longest: 9 },
  armenian: { letters: [0x561, 0x586], longest: 9 },
  georgian: { letters: [0x10d0, 0x10f0], longest: 9 },
  hebrew: { letters: [0x5d0, 0x5ea], longest: 6 },
  arabic: { letters: [0x627, 0x63a, 0x641, 0x64a], longest: 6 },
  devanagari: { letters: [0x905, 0x914, 0x915, 0x939, 0x93e, 0x94c], longest: 6 },
  bengali: { letters: [0x995, 0x9a8, 0x9be, 0x9c3], longest: 6 },
  tamil: { letters: [0xb95, 0xb95, 0xba8, 0xbaa, 0xbae, 0xbb9, 0xbbe, 0xbc2], longest: 7 },
  telugu: { letters: [0xc15, 0xc28, 0xc3e, 0xc44], longest: 6 },
  thai: { letters: [0xe01, 0xe2e, 0xe30, 0xe39], longest: 7 },
  khmer: { letters: [0x1780, 0x17a2, 0x17b6, 0x17c5], longest: 6 },
  ethiopic: { letters: [0x1208, 0x1246], longest: 5 },
  hangul: { letters: [0xac00, 0xd7a3], longest: 3 },
  kana: { letters: [0x3042, 0x3093, 0x30a2, 0x30ed], longest: 5 },
} as const satisfies Readonly<
  Record<string, { readonly letters: readonly number[]; readonly longest: number }>
>;

/** The most frequent characters. */
const HAN =
  '的一是不了人我在有他这中来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后么心多天而能好都然没日于起还发成事只作当想看文无开手用主行方又如前所本见经头面公同三已老从动两长';

const LATIN = 'abcdefghijklmnopqrstuvwxyz';
const MARKS = '!@#$%^&*()_+-=[]{};:\'",.<>/?|~\\';
const KEYWORDS =
  'if return const let for while import from new null true void int def self print assert class'.split(' ');
const OPERATORS = ' = ;() ;{ ;} ;, ; == ; + ;[0];.;: ;; ; => ;++'.split(';');

type Write = (random: Random) => string;

/** Texts that say nothing of a picture, or not in the words of a caption, by family. */
const FAMILIES: Readonly<Record<string, Write>> = {
  ...Object.fromEntries(
    Object.entries(SCRIPTS).map(([name, { letters, longest }]) => [
      name,
      (random: Random) => words(random, 5, () => lettersOf(random, letters, 1 + random.nextInt(longest))),
    ]),
  ),
  han: (random) => words(random, 4, () => charactersOf(random, HAN, 1 + random.nextInt(4))),
  gibberish: (random) => words(random, 4, () => charactersOf(random, LATIN, 2 + random.nextInt(9))),
  digits: (random) => words(random, 4, () => String(random.nextInt(10 ** (1 + random.nextInt(8))))),
  marks: (random) => charactersOf(random, MARKS, 1 + random.nextInt(24)),
  emoji: (random) => lettersOf(random, [0x1f300, 0x1f64f, 0x1f680, 0x1f6ff], 1 + random.nextInt(6)),
  address: (random) =>
    `${pick(random, ['https://', 'http://www.', '', '/'])}${name(random)}.${pick(random, ['com', 'org', 'io', 'de'])}/${name(random)}${pick(random, ['', `?id=${random.nextInt(1e6)}`, '.html', '#top'])}`,
  code: writeCode,
};

export const TEXT_FAMILIES: readonly string[] = Object.keys(FAMILIES);

/**
 * @param family of `TEXT_FAMILIES`
 * @returns `count` of the family; equal seeds give equal texts
 * @throws RangeError for another family
 */
export function makeTexts(family: string, count: number, seed: number): string[] {
  const write = FAMILIES[family];
  if (write === undefined) throw new RangeError(`expected one of ${TEXT_FAMILIES.join(', ')}, got ${family}`);
  const random = createRandom(seed);
  return Array.from({ length: count }, () => write(random));
}

function writeCode(random: Random): string {
  const parts = 3 + random.nextInt(10);
  return Array.from({ length: parts }, (_, i) => {
    const word = random.nextInt(3) === 0 ? pick(random, KEYWORDS) : name(random);
    return `${word}${i === parts - 1 ? '' : pick(random, OPERATORS)}`;
  }).join(random.nextInt(2) === 0 ? ' ' : '');
}

function name(random: Random): string {
  return charactersOf(random, LATIN, 1 + random.nextInt(9));
}

function words(random: Random, most: number, word: () => string): string {
  return Array.from({ length: 1 + random.nextInt(most) }, word).join(' ');
}

/** @param ranges pairs of the first and the last code point */
function lettersOf(random: Random, ranges: readonly number[], count: number): string {
  const sizes = ranges.flatMap((first, i) => (i % 2 === 0 ? [ranges[i + 1] - first + 1] : []));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  return Array.from({ length: count }, () => {
    let place = random.nextInt(all);
    let range = 0;
    while (place >= sizes[range]) place -= sizes[range++];
    return String.fromCodePoint(ranges[2 * range] + place);
  }).join('');
}

function charactersOf(random: Random, characters: string, count: number): string {
  return Array.from({ length: count }, () => characters[random.nextInt(characters.length)]).join('');
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random.nextInt(items.length)];
}
