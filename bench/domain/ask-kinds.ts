import type { WrittenKind } from './write-kinds.ts';

const NOUNS =
  'dog cat car house tree bird horse boat bus train plane bicycle chair table lamp book cup bottle phone computer keyboard clock shoe hat shirt dress bag umbrella ball kite guitar piano drum flower rose apple banana orange lemon pizza cake bread cheese egg sandwich fish shark whale dolphin lion tiger bear elephant giraffe zebra monkey cow sheep pig goat chicken duck owl eagle snake frog turtle spider bee butterfly ant mountain river lake beach forest desert island bridge tower castle church road street park garden kitchen bedroom bathroom man woman child baby boy girl doctor chef farmer soldier king robot truck motorcycle helicopter rocket ship tent candle'.split(
    ' ',
  );

/** Plain texts that are not to be flagged. @param captions of the samples */
export function askKinds(captions: readonly string[]): WrittenKind[] {
  const known = new Set(captions.flatMap((caption) => caption.toLowerCase().match(/[a-z]+/g) ?? []));
  const unknown = NOUNS.filter((noun) => !known.has(noun) && !known.has(`${noun}s`));
  const forms: Readonly<Record<string, (noun: string) => string>> = {
    'a NOUN': (noun) => `${article(noun)} ${noun}`,
    'a photo of a NOUN': (noun) => `a photo of ${article(noun)} ${noun}`,
    'This is a NOUN.': (noun) => `This is ${article(noun)} ${noun}.`,
    NOUNs: (noun) => `${noun}s`,
    NOUN: (noun) => noun,
    'a red NOUN': (noun) => `a red ${noun}`,
  };
  return [
    ...Object.entries(forms).map(([kind, form]) => ({ kind, families: [], texts: NOUNS.map(form) })),
    {
      kind: 'these six, of nouns that no caption has',
      families: [],
      texts: Object.values(forms).flatMap((form) => unknown.map(form)),
    },
    {
      kind: 'This is a photo of CAPTION',
      families: [],
      texts: captions.slice(0, 200).map((caption) => `This is a photo of ${caption}`),
    },
  ];
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? 'an' : 'a';
}
