import type { CallOptions, HttpCall, HttpPreset, Templates } from '../preset.ts';
import { fillTemplate } from '../json-template.ts';
import { followPointer } from '../json-pointer.ts';

/** The templates are there whenever the preset is chosen: `readHttpRoute` sees to it. */
function templatesOf({ templates }: CallOptions): Templates {
  if (templates === null) throw new Error('the preset template without templates');
  return templates;
}

function write(template: unknown, values: Readonly<Record<string, () => unknown>>): HttpCall {
  return { path: '', body: fillTemplate(template, values) as Readonly<Record<string, unknown>> };
}

/**
 * Any server that takes JSON and answers JSON: a Hugging Face endpoint with a handler of its own, Marqo, one of the house. What is sent
 * is a template with places for texts and pictures; where the vectors are is a JSON pointer.
 */
export const template: HttpPreset = {
  basePath: '',
  maxImages: 16,
  maxTexts: 64,
  maxCallBytes: 6_000_000,
  options: [],
  models: null,
  writeTexts: (texts, options) =>
    write(templatesOf(options).text, {
      text: () => texts[0],
      texts: () => texts,
      model: () => options.model,
    }),
  writeImages: (pictures, options) =>
    write(templatesOf(options).image, {
      image: () => pictures[0].base64(),
      images: () => pictures.map((picture) => picture.base64()),
      dataUri: () => pictures[0].dataUri(),
      dataUris: () => pictures.map((picture) => picture.dataUri()),
      model: () => options.model,
    }),
  readRows(answer, count, options) {
    const found = followPointer(answer, templatesOf(options).pointer);
    const isOne =
      count === 1 && (typeof found === 'string' || (Array.isArray(found) && typeof found[0] === 'number'));
    return isOne || !Array.isArray(found) ? [found] : found;
  },
};
