import { type CaptionList, captionList } from './captions.ts';

/** As the API limits them: what is beyond stands in no address that this page has written. */
const MAX_CAPTIONS = 512;
const MAX_TEXT_CHARACTERS = 4_096;
const MAX_PICTURES = 64;

/** One text of an address; null where it has none. On one line, as a field has it. */
export function readText(params: URLSearchParams, name: string): string | null {
  const text = params.get(name);
  return text === null ? null : onOneLine(text);
}

/** Captions of an address; null where it has none. Those that say something count as a person's own. */
export function readCaptions(params: URLSearchParams): CaptionList | null {
  const texts = params.getAll('caption').slice(0, MAX_CAPTIONS);
  return texts.length === 0
    ? null
    : { ...captionList(texts.map(onOneLine)), edited: texts.some((text) => text.trim() !== '') };
}

/** @param opening those that a view would begin with, for which nothing is written */
export function writeCaptions(params: URLSearchParams, captions: CaptionList, opening: CaptionList): void {
  if (!captions.edited && textsOf(captions).join('\n') === textsOf(opening).join('\n')) return;
  for (const text of textsOf(captions)) params.append('caption', text);
}

function textsOf({ lines }: CaptionList): string[] {
  return lines.map(({ text }) => text);
}

/** How pictures stand in an address; see `picturesOfAddress`. */
export function readPictures(params: URLSearchParams): string[] {
  return params.getAll('picture').slice(0, MAX_PICTURES);
}

function onOneLine(text: string): string {
  return text.slice(0, MAX_TEXT_CHARACTERS).replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
