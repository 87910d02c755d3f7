import { AppError } from '../../../src/errors.ts';
import type { StartProgress } from '../../cli/progress.ts';
import { UserError } from '../../cli/user-error.ts';
import type { LoadedEncoder } from '../../clip/load-encoder.ts';
import { reasonOf } from '../../files/file-access.ts';
import { MAX_PICTURE_BYTES, readRegularFile } from '../../files/regular-file.ts';

/** Pictures and texts by the encoder that `precompute` and `score` use, each distinct one once. */
export interface Embedder {
  /** Unit vectors, one a path, in order. @throws UserError for a picture that cannot be read or decoded */
  readonly pictures: (paths: readonly string[]) => Promise<Float32Array[]>;
  /** Unit vectors, one a text, in order. */
  readonly texts: (texts: readonly string[]) => Promise<Float32Array[]>;
}

export function createEmbedder(encoder: LoadedEncoder, startProgress: StartProgress): Embedder {
  const pictures = new Map<string, Float32Array>();
  const texts = new Map<string, Float32Array>();
  return {
    async pictures(paths) {
      await encodeUnknown(
        paths,
        pictures,
        encoder.imageBatchSize,
        startProgress,
        'pictures',
        async (batch) => {
          const files = await Promise.all(batch.map(readPicture));
          return encodePictureFiles(encoder, files, batch);
        },
      );
      return lookUp(paths, pictures);
    },
    async texts(wanted) {
      await encodeUnknown(wanted, texts, encoder.textBatchSize, startProgress, 'texts', (batch) =>
        encoder.text.encodeTexts(batch),
      );
      return lookUp(wanted, texts);
    },
  };
}

/**
 * @param names say in an error which file it is
 * @throws UserError for a file that cannot be decoded
 */
export async function encodePictureFiles(
  encoder: LoadedEncoder,
  files: readonly Uint8Array[],
  names: readonly string[],
): Promise<Float32Array[]> {
  const embeddings = await encoder.images.encodeImages(files);
  return embeddings.map((embedding, i) => {
    if (embedding instanceof AppError) throw new UserError(`${names[i]}: ${embedding.message}.`);
    return embedding;
  });
}

/** @throws UserError when it cannot be read */
export async function readPicture(path: string): Promise<Uint8Array> {
  return readRegularFile(path, MAX_PICTURE_BYTES).catch((cause: unknown) => {
    throw new UserError(`${path} cannot be read: ${reasonOf(cause)}.`, { cause });
  });
}

async function encodeUnknown(
  wanted: readonly string[],
  known: Map<string, Float32Array>,
  batchSize: number,
  startProgress: StartProgress,
  label: string,
  encode: (batch: readonly string[]) => Promise<readonly Float32Array[]>,
): Promise<void> {
  const unknown = [...new Set(wanted)].filter((key) => !known.has(key));
  if (unknown.length === 0) return;
  const progress = startProgress(label, unknown.length);
  try {
    for (let start = 0; start < unknown.length; start += batchSize) {
      const batch = unknown.slice(start, start + batchSize);
      const embeddings = await encode(batch);
      batch.forEach((key, i) => known.set(key, embeddings[i]));
      progress.add(batch.length);
    }
  } finally {
    progress.stop();
  }
}

function lookUp(keys: readonly string[], known: ReadonlyMap<string, Float32Array>): Float32Array[] {
  return keys.map((key) => {
    const embedding = known.get(key);
    if (embedding === undefined) throw new Error(`no embedding of ${key} after encoding`);
    return embedding;
  });
}
