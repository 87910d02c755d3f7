import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import * as v from 'valibot';
import { AppError } from '../../src/errors.ts';
import { loadEncoder } from './load-encoder.ts';
import { UserError } from '../cli/user-error.ts';
import { PROJECT_ROOT } from '../kv/project.ts';

/** What an encoder makes of a few pictures and texts, worked out from its files by this project's own code. */
export interface Golden {
  readonly encoder: { readonly id: string; readonly dim: number; readonly fingerprint: string };
  /** Base64 of the picture's file, or a text; the unit vector as base64 of little-endian float32. */
  readonly items: readonly { readonly image?: string; readonly text?: string; readonly vector: string }[];
}

export const EMBEDDED_GOLDEN = join(PROJECT_ROOT, 'models/tiny-clip/golden.json');
const SAMPLE = join(PROJECT_ROOT, 'models/sample');
/** Of each kind. */
const ITEMS = 10;
/** They stand in the file themselves. */
const MAX_PICTURE_BYTES = 4_000;

const schema = v.object({
  encoder: v.object({ id: v.string(), dim: v.number(), fingerprint: v.string() }),
  items: v.array(
    v.object({ image: v.optional(v.string()), text: v.optional(v.string()), vector: v.string() }),
  ),
});

/** @throws UserError when it cannot be read as one */
export async function readGolden(path: string): Promise<Golden> {
  try {
    return v.parse(schema, JSON.parse(await readFile(path, 'utf8'))) as Golden;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${path} holds no golden vectors: ${reason}. Make them with --make-golden.`, {
      cause,
    });
  }
}

/** Golden vectors of a model folder, for pictures and captions of the sample set. */
export async function makeGolden(model: string | undefined): Promise<Golden> {
  const encoder = await loadEncoder({ model, threads: 1 });
  const rows = await sampleRows();
  const small = rows.filter(({ image }) => statSync(samplePath(image)).size <= MAX_PICTURE_BYTES);
  const chosen = small.filter((_, i) => i % Math.floor(small.length / ITEMS) === 0).slice(0, ITEMS);
  const files = await Promise.all(chosen.map(({ image }) => readFile(samplePath(image))));
  // One at a time: quantised models round by what else is in the run.
  const items: Golden['items'][number][] = [];
  for (const file of files) {
    const [vector] = await encoder.images.encodeImages([new Uint8Array(file)]);
    if (vector instanceof AppError) throw vector;
    items.push({ image: file.toString('base64'), vector: toBase64(vector) });
  }
  for (const { caption } of chosen) {
    const [vector] = await encoder.text.encodeTexts([caption]);
    items.push({ text: caption, vector: toBase64(vector) });
  }
  const { id, dim, fingerprint } = encoder.info;
  return { encoder: { id, dim, fingerprint }, items };
}

/** Pictures with captions that belong to them; paths from the sample folder. */
export async function sampleRows(): Promise<{ image: string; caption: string }[]> {
  return parse(await readFile(join(SAMPLE, 'captions.csv')), { columns: true });
}

export const samplePath = (image: string): string => join(SAMPLE, image);

export function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}

export function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
