import type { EncoderInfo } from '../../clip/encoder-info.ts';
import { encodeVector } from '../../clip/vector-text.ts';
import { normalizeRows } from '../../core/vector.ts';
import type { EmbeddingsAnswer, ModelsAnswer } from './answer-schemas.ts';
import { type EmbeddingsRequest, EmbeddingsRequestError } from './read-request.ts';

/** What a caller named a model that does not run here. OpenAI's clients know this code, and do not ask again. */
export const MODEL_NOT_FOUND = 'model_not_found';

/**
 * Checks what can be checked before anything is encoded.
 * @throws EmbeddingsRequestError ENCODER_MISMATCH for another model than runs here, BAD_INPUT for more `dimensions` than it has
 */
export function assertServed(
  { model, dimensions }: Pick<EmbeddingsRequest, 'model' | 'dimensions'>,
  { id, dim }: EncoderInfo,
): void {
  if (model !== null && model !== id) {
    const got = JSON.stringify(model.slice(0, 100));
    const message = `Expected the model ${JSON.stringify(id)}, which runs here, got ${got}.`;
    throw new EmbeddingsRequestError('ENCODER_MISMATCH', message, 'model');
  }
  if (dimensions !== null && dimensions > dim) {
    const message = `Expected at most ${dim} dimensions, which the vectors of ${id} have, got ${dimensions}.`;
    throw new EmbeddingsRequestError('BAD_INPUT', message, 'dimensions');
  }
}

/**
 * The answer of `POST /v1/embeddings`.
 * @param vectors of the items, in order, of unit length
 * @param tokens of all texts together
 */
export function writeEmbeddings(
  { encodingFormat, dimensions }: Pick<EmbeddingsRequest, 'encodingFormat' | 'dimensions'>,
  { id }: Pick<EncoderInfo, 'id'>,
  vectors: readonly Float32Array[],
  tokens: number,
): EmbeddingsAnswer {
  return {
    object: 'list',
    data: vectors.map((vector, index) => {
      const numbers = dimensions === null ? vector : shorten(vector, dimensions);
      const embedding = encodingFormat === 'base64' ? encodeVector(numbers) : Array.from(numbers);
      return { object: 'embedding', index, embedding };
    }),
    model: id,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** The first numbers, of unit length again: what OpenAI's own models give, and Infinity leaves unscaled. */
function shorten(vector: Float32Array, dimensions: number): Float32Array {
  if (dimensions >= vector.length) return vector;
  const first = vector.slice(0, dimensions);
  if (first.every((value) => value === 0)) {
    const message = `The first ${dimensions} numbers of a vector are all zero: ask for more dimensions.`;
    throw new EmbeddingsRequestError('BAD_INPUT', message, 'dimensions');
  }
  normalizeRows(first, dimensions);
  return first;
}

/** The answer of `GET /v1/models`: the one encoder that runs here. */
export function writeModels({ id, dim, fingerprint }: EncoderInfo): ModelsAnswer {
  return {
    object: 'list',
    data: [
      {
        id,
        object: 'model',
        created: 0,
        owned_by: 'alignql',
        dim,
        fingerprint,
        modalities: ['text', 'image'],
      },
    ],
  };
}
