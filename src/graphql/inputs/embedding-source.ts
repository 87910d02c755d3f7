import DataLoader from 'dataloader';
import { AppError } from '../../errors.ts';
import type { EmbeddingInput, ImageInput, TextInput } from '../generated/api.ts';
import { LIMITS, type RequestBudget } from '../limits.ts';
import type { PendingWork } from '../pending-work.ts';
import type { Encoders } from '../services.ts';
import { decodeVector } from '../vector.ts';
import { type ImageFile, createImageReader } from './image-reader.ts';

/** The encoder that an embedding must come from: a selection's, or the deployment's own. */
export interface EmbeddingTarget {
  readonly id: string;
  readonly fingerprint: string;
  readonly dim: number;
}

/**
 * Turns inputs into unit vectors. What is asked for twice in a request is encoded once, and all of a request's texts, and
 * all its images, go to the encoder together.
 */
export interface EmbeddingSource {
  /** @throws AppError of this image alone, or of its batch when the encoder fails as a whole */
  readonly image: (input: ImageInput, target: EmbeddingTarget) => Promise<Float32Array>;
  /** @throws AppError as `image` */
  readonly text: (input: TextInput, target: EmbeddingTarget) => Promise<Float32Array>;
}

interface Dependencies {
  readonly encoders: () => Encoders;
  readonly maxPixels: () => number;
  readonly budget: RequestBudget;
  readonly pending: PendingWork;
  readonly ownHost: string;
}

export function createEmbeddingSource({
  encoders,
  maxPixels,
  budget,
  pending,
  ownHost,
}: Dependencies): EmbeddingSource {
  const readImage = createImageReader({ budget, ownHost, maxPixels });
  const whenSettled = { batchScheduleFn: (dispatch: () => void) => void pending.settled().then(dispatch) };

  const texts = new DataLoader<string, Float32Array>(
    (batch) =>
      withinBudget(
        batch,
        (text) => (budget.spend('encodedTexts', 1), text),
        (accepted) => encoders().text.encodeTexts(accepted),
      ),
    whenSettled,
  );
  const images = new DataLoader<ImageFile, Float32Array, string>(
    (batch) =>
      withinBudget(
        batch,
        (file) => (budget.spend('encodedImages', 1), file.bytes),
        (accepted) => encoders().images.encodeImages(accepted),
      ),
    { ...whenSettled, cacheKeyFn: (file) => file.key },
  );

  return {
    async image(input, target) {
      if (input.embedding != null) return readEmbedding(input.embedding, target);
      assertOwnEncoder(target, encoders(), 'Pixels');
      return images.load(await pending.track(readImage(input)));
    },
    async text(input, target) {
      if (input.embedding != null) return readEmbedding(input.embedding, target);
      assertOwnEncoder(target, encoders(), 'Text');
      const text = input.text ?? '';
      if (text.length > LIMITS.textCharacters) {
        throw new AppError(
          'LIMIT_EXCEEDED',
          `Expected a text of at most ${LIMITS.textCharacters} characters, got ${text.length}.`,
        );
      }
      return texts.load(text);
    },
  };
}

/** Encode what the request may still spend on, keep the error of the rest, and give one slot a key, in order. */
async function withinBudget<Key, Input>(
  batch: readonly Key[],
  spend: (key: Key) => Input,
  encode: (accepted: readonly Input[]) => Promise<(Float32Array | AppError)[]>,
): Promise<(Float32Array | AppError)[]> {
  const accepted: Input[] = [];
  const slots = batch.map((key): number | AppError => {
    try {
      return accepted.push(spend(key)) - 1;
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  });
  const encoded = accepted.length === 0 ? [] : await encode(accepted);
  return slots.map((slot) => (typeof slot === 'number' ? encoded[slot] : slot));
}

function readEmbedding(input: EmbeddingInput, target: EmbeddingTarget): Float32Array {
  if (input.encoder !== target.id) {
    throw new AppError(
      'ENCODER_MISMATCH',
      `Expected an embedding of the encoder ${quote(target.id)}, got one of ${quote(input.encoder)}.`,
    );
  }
  return decodeVector(input.vector, target.dim);
}

/** Pixels and text are encoded by this deployment, so its encoder must be the very one that the selection was made for. */
function assertOwnEncoder(target: EmbeddingTarget, { info }: Encoders, what: string): void {
  if (target.id !== info.id) {
    throw new AppError(
      'ENCODER_MISMATCH',
      `${what} would be encoded by ${quote(info.id)}, but the selection is made for ${quote(target.id)}: give embeddings of that encoder.`,
    );
  }
  if (target.fingerprint !== info.fingerprint || target.dim !== info.dim) {
    throw new AppError(
      'ENCODER_MISMATCH',
      `The selection was made for ${quote(target.id)} of fingerprint ${target.fingerprint} (${target.dim} numbers), ` +
        `this deployment runs fingerprint ${info.fingerprint} (${info.dim} numbers): publish a selection made anew.`,
    );
  }
}

function quote(id: string): string {
  return JSON.stringify(id.slice(0, 100));
}
