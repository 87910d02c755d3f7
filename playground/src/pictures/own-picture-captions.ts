import { sampleSets } from 'virtual:sample-pictures';
import { type CaptionList, captionList } from '../state/captions.ts';

const SAMPLE_CAPTIONS: ReadonlySet<string> = new Set(
  [...sampleSets.right, ...sampleSets.hard].flatMap(({ caption, rivals, others }) => [
    caption,
    ...rivals,
    ...others,
  ]),
);

/** Said in the empty fields: the least that shows whether the encoder tells things apart. */
export const OWN_CAPTION_HINTS = [
  'Something true, such as: a cat asleep on a sofa',
  'Something near it: a dog on a chair',
  'Something else: a bowl of soup',
] as const;

/** Empty fields, one for each hint. */
export function ownCaptions(): CaptionList {
  return captionList(OWN_CAPTION_HINTS.map(() => ''));
}

/**
 * The captions for a picture of one's own: what a person wrote stays, the samples' go; when nothing is left, empty fields to fill.
 * @returns the same list when all of it was written by a person
 */
export function captionsForOwnPicture(captions: CaptionList): CaptionList {
  const written = captions.lines.filter(({ text }) => text.trim() !== '' && !SAMPLE_CAPTIONS.has(text));
  if (written.length === captions.lines.length) return captions;
  return written.length > 0 ? { lines: written, edited: true } : ownCaptions();
}
