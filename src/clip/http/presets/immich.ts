import { wrongAnswer } from '../../remote/failure.ts';
import type { CallOptions, HttpPreset } from '../preset.ts';
import { isRecord, WHO } from '../rows.ts';

function form(side: 'visual' | 'textual', { model }: CallOptions): FormData {
  const body = new FormData();
  body.set('entries', JSON.stringify({ clip: { [side]: { modelName: model } } }));
  return body;
}

/**
 * Immich's machine-learning server (machine-learning/immich_ml/main.py): `POST /predict` as a form, one input a call. Its vector is a
 * JSON list inside a string, and is not normalised.
 */
export const immich: HttpPreset = {
  basePath: '',
  maxImages: 1,
  maxTexts: 1,
  maxCallBytes: Infinity,
  options: [],
  models: null,
  writeTexts(texts, options) {
    const body = form('textual', options);
    body.set('text', texts[0]);
    return { path: '/predict', body };
  },
  writeImages(pictures, options) {
    const body = form('visual', options);
    const [{ bytes, mediaType }] = pictures;
    body.set('image', new Blob([bytes], { type: mediaType }), 'image');
    return { path: '/predict', body };
  },
  readRows(answer) {
    const clip = isRecord(answer) ? answer.clip : undefined;
    if (Array.isArray(clip)) return [clip];
    if (typeof clip !== 'string')
      throw wrongAnswer(`${WHO} gave no list of vectors`, 'its answer has no "clip"');
    try {
      return [JSON.parse(clip) as unknown];
    } catch {
      throw wrongAnswer(`${WHO} gave a vector that is no list of numbers`);
    }
  },
};
