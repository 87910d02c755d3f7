import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import { parseVars } from '../vars.ts';
import { placesIn } from './json-template.ts';
import { POINTER } from './json-pointer.ts';
import type { Templates } from './preset.ts';

const schema = v.object({
  ENCODER_TEXT_TEMPLATE: v.string('expected a JSON template; ENCODER_PRESET is "template"'),
  ENCODER_IMAGE_TEMPLATE: v.string('expected a JSON template; ENCODER_PRESET is "template"'),
  ENCODER_VECTORS_POINTER: v.pipe(
    v.string('expected a JSON pointer; ENCODER_PRESET is "template"'),
    v.regex(POINTER, 'expected a JSON pointer, such as /data/0/embedding'),
  ),
});

const TEXT_PLACES = { one: ['text'], many: ['texts'] };
const IMAGE_PLACES = { one: ['image', 'dataUri'], many: ['images', 'dataUris'] };

/** The templates, and whether each takes more than one input a call. */
export interface ReadTemplates {
  readonly templates: Templates;
  readonly takesManyTexts: boolean;
  readonly takesManyImages: boolean;
}

/**
 * What the preset `template` needs.
 * @throws AppError INTERNAL naming the variable and what was expected
 */
export function readTemplates(env: object): ReadTemplates {
  const vars = parseVars(schema, env);
  const text = readTemplate('ENCODER_TEXT_TEMPLATE', vars.ENCODER_TEXT_TEMPLATE, TEXT_PLACES);
  const image = readTemplate('ENCODER_IMAGE_TEMPLATE', vars.ENCODER_IMAGE_TEMPLATE, IMAGE_PLACES);
  return {
    templates: { text: text.template, image: image.template, pointer: vars.ENCODER_VECTORS_POINTER },
    takesManyTexts: text.takesMany,
    takesManyImages: image.takesMany,
  };
}

function readTemplate(
  name: string,
  written: string,
  { one, many }: typeof TEXT_PLACES,
): { readonly template: unknown; readonly takesMany: boolean } {
  const template = parseJson(name, written);
  const places = placesIn(template);
  const known = [...one, ...many, 'model'];
  const strange = [...places].find((place) => !known.includes(place));
  const list = known.map((place) => `"{{${place}}}"`).join(', ');
  if (strange !== undefined)
    throw new AppError('INTERNAL', `${name} has the place {{${strange}}}: expected ${list}`);
  const takesMany = many.some((place) => places.has(place));
  if (takesMany === one.some((place) => places.has(place)))
    throw new AppError('INTERNAL', `${name} has not one place for its input: expected one of ${list}`);
  return { template, takesMany };
}

function parseJson(name: string, written: string): unknown {
  try {
    return JSON.parse(written);
  } catch (error) {
    throw new AppError(
      'INTERNAL',
      `${name} is no JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** What stands for templates in an encoder's id: 16 hex digits. */
export function hashOfTemplates(templates: Templates): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(templates)))).slice(0, 16);
}
