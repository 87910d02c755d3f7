import type { Random } from '../random.ts';
import type { CaptionSets } from './attention-forward.ts';

/** Most of an image's own captions in one set. */
const MAX_OWN_CAPTIONS = 3;
/** How often a caption of another group joins the set: enough to teach attention what to leave aside. */
const DISTRACTOR_CHANCE = 0.5;

/** Images with the captions that belong to them. */
export interface CaptionedImages {
  /** Rows of the images that take part. */
  readonly images: Uint32Array;
  /** Rows of the texts that take part: where distractors come from. */
  readonly texts: Uint32Array;
  /** The texts of each image row; empty for images that do not take part. */
  readonly captions: readonly (readonly number[])[];
  /** Image and text row of each pair. */
  readonly pairs: readonly (readonly [image: number, text: number])[];
  readonly imageGroups: Int32Array;
  readonly textGroups: Int32Array;
}

/** The images and texts of the given pairs, and who belongs to whom. Lists of rows are in order of first appearance. */
export function captionedImages(
  pairs: Uint32Array,
  pairImage: Uint32Array,
  pairText: Uint32Array,
  groups: Int32Array,
): CaptionedImages {
  const highest = (rows: Uint32Array): number => rows.reduce((most, row) => Math.max(most, row), -1);
  const captions: number[][] = Array.from({ length: highest(pairImage) + 1 }, () => []);
  const imageGroups = new Int32Array(captions.length);
  const textGroups = new Int32Array(highest(pairText) + 1);
  for (const pair of pairs) {
    captions[pairImage[pair]].push(pairText[pair]);
    imageGroups[pairImage[pair]] = groups[pair];
    textGroups[pairText[pair]] = groups[pair];
  }
  return {
    images: Uint32Array.from(new Set(pairs.map((pair) => pairImage[pair]))),
    texts: Uint32Array.from(new Set(pairs.map((pair) => pairText[pair]))),
    captions,
    pairs: Array.from(pairs, (pair) => [pairImage[pair], pairText[pair]] as const),
    imageGroups,
    textGroups,
  };
}

/**
 * A set for each image named: some of its own captions, one to three, and half the time one of another group.
 * @param images rows, each with a caption
 * @param singleShare of the sets that are one of its own captions and nothing else, in [0, 1]
 */
export function drawCaptionSets(
  known: CaptionedImages,
  images: Uint32Array,
  random: Random,
  singleShare = 0,
): CaptionSets {
  const texts: number[] = [];
  const offsets = new Uint32Array(images.length + 1);
  images.forEach((image, s) => {
    const own = known.captions[image];
    if (singleShare > 0 && random.next() < singleShare) {
      texts.push(own[random.nextInt(own.length)]);
      offsets[s + 1] = texts.length;
      return;
    }
    texts.push(...ownCaptions(own, random));
    const distractor = known.texts[random.nextInt(known.texts.length)];
    const isForeign = known.textGroups[distractor] !== known.imageGroups[image];
    if (random.next() < DISTRACTOR_CHANCE && isForeign) texts.push(distractor);
    offsets[s + 1] = texts.length;
  });
  const sets = { images, texts: Uint32Array.from(texts), offsets };
  return { ...sets, excluded: mayFit(sets, known) };
}

/** One to three of them, each once. */
function ownCaptions(captions: readonly number[], random: Random): number[] {
  const count = 1 + random.nextInt(Math.min(MAX_OWN_CAPTIONS, captions.length));
  const left = [...captions];
  return Array.from({ length: count }, () => left.splice(random.nextInt(left.length), 1)[0]);
}

/** A set with a caption of an image's group is no counter-example for it, be it as a distractor. */
function mayFit(
  { images, texts, offsets }: Omit<CaptionSets, 'excluded'>,
  { imageGroups, textGroups }: CaptionedImages,
): Uint8Array {
  const count = images.length;
  const excluded = new Uint8Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let s = 0; s < count; s++) {
      if (i === s) continue;
      const group = imageGroups[images[i]];
      for (let text = offsets[s]; text < offsets[s + 1]; text++) {
        if (textGroups[texts[text]] === group) excluded[i * count + s] = 1;
      }
    }
  }
  return excluded;
}
