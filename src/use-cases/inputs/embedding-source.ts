import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { RequestDeadline } from '../../clip/request-deadline.ts';
import { AppError, quote } from '../../errors.ts';
import type { EmbeddingInput, ImageInput, TextInput } from './given.ts';
import type { RequestBudget } from '../limits.ts';
import type { Encoders } from '../services.ts';
import { decodeVector } from '../../clip/vector-text.ts';
import type { ImageHosts } from './image-hosts.ts';
import { type ImageFile, createImageReader } from './image-reader.ts';
import { type EncodingRequest, createInputEncoder } from './input-encoder.ts';
import { type EmbeddingTarget, assertOwnEncoder } from './own-encoder.ts';
import { assertText } from './text.ts';

/** At once where the input brings its vector, so that a matrix of given vectors waits for nothing. A failure is always a rejection. */
export type EmbeddingOutcome = Float32Array | Promise<Float32Array>;

/**
 * Turns inputs into unit vectors. What is asked for twice in a request is encoded once, what was encoded lately not again, and
 * all of a request's texts, and all its images, go to the encoder together. What is in this isolate still counts against the
 * request's limits, so that the same request does not pass one time and fail another.
 */
export interface EmbeddingSource {
  /** Of all that the request has encoded. */
  readonly deadline: RequestDeadline;
  /**
   * Read images before anything else is done, and find out whether all of them together may be encoded. What is wrong with one of them
   * comes out when it is asked for.
   * @throws AppError LIMIT_EXCEEDED when they may not
   */
  readonly admitImages: (inputs: readonly ImageInput[]) => Promise<void>;
  /** Rejects with an AppError of this image alone, or of its batch when the encoder fails as a whole. */
  readonly image: (input: ImageInput, target: EmbeddingTarget) => EmbeddingOutcome;
  /** The bytes of an image that is no embedding. Rejects as `image` does. */
  readonly file: (input: ImageInput) => Promise<Uint8Array>;
  /** Rejects as `image` does. */
  readonly text: (input: TextInput, target: EmbeddingTarget) => EmbeddingOutcome;
}

interface Dependencies extends EncodingRequest {
  readonly encoders: () => Encoders;
  readonly maxPixels: () => number;
  readonly maxPixelPasses: () => number;
  /** @throws AppError INTERNAL when the deployment's variable is wrong */
  readonly imageHosts: () => ImageHosts;
  readonly budget: RequestBudget;
  readonly deadline: RequestDeadline;
}

export function createEmbeddingSource(request: Dependencies): EmbeddingSource {
  let images: ImageSource | undefined;
  let encodeText: ((input: TextInput, target: EmbeddingTarget) => Promise<Float32Array>) | undefined;
  return {
    deadline: request.deadline,
    async admitImages(given) {
      if (given.length > 0) await (images ??= createImageSource(request)).admit(given);
    },
    image(input, target) {
      if (input.embedding != null) return readEmbedding(input.embedding, target);
      return (images ??= createImageSource(request)).encode(input, target);
    },
    file: (input) => (images ??= createImageSource(request)).file(input),
    text(input, target) {
      if (input.embedding != null) return readEmbedding(input.embedding, target);
      return (encodeText ??= createTextSource(request))(input, target);
    },
  };
}

interface ImageSource {
  readonly admit: (inputs: readonly ImageInput[]) => Promise<void>;
  readonly encode: (input: ImageInput, target: EmbeddingTarget) => Promise<Float32Array>;
  readonly file: (input: ImageInput) => Promise<Uint8Array>;
}

function createImageSource(request: Dependencies): ImageSource {
  const { encoders, maxPixels, maxPixelPasses, imageHosts, budget, pending, ownHost, deadline } = request;
  const reader = createImageReader({ budget, ownHost: ownHost(), imageHosts, maxPixels, maxPixelPasses });
  const admitted = new Set<string | Blob>();
  const encode = createInputEncoder<ImageFile>(request, {
    modality: 'image',
    spend: () => budget.spend('encodedImages', 1),
    hash: (file) => file.hash,
    encode: (files) =>
      encoders().images.encodeImages(
        files.map(({ bytes }) => bytes),
        deadline,
      ),
  });
  return {
    file: async (input) => (await reader.read(input)).bytes,
    async admit(inputs) {
      await Promise.allSettled(inputs.map(reader.read));
      reader.assertAffordable();
      for (const { base64, upload } of inputs) {
        const given = base64 ?? upload;
        if (given != null) admitted.add(given);
      }
    },
    async encode(input, target) {
      assertOwnEncoder(target, encoders().info, 'Pixels');
      const file = await pending.track(reader.read(input));
      const given = input.base64 ?? input.upload;
      if (given == null || !admitted.has(given)) {
        // What they cost is known once the last is there.
        await pending.settled();
        reader.assertAffordable();
      }
      return encode(file.hash, file);
    },
  };
}

function createTextSource(
  request: Dependencies,
): (input: TextInput, target: EmbeddingTarget) => Promise<Float32Array> {
  const { encoders, budget, deadline } = request;
  const encode = createInputEncoder<string>(request, {
    modality: 'text',
    spend: () => budget.spend('encodedTexts', 1),
    // Not by crypto.subtle, whose promise takes a short text from 2 to 15 microseconds.
    hash: (text) => bytesToHex(sha256(utf8ToBytes(text))),
    encode: (texts) => encoders().text.encodeTexts(texts, deadline),
  });
  return async (input, target) => {
    const text = input.text ?? '';
    assertText(text);
    assertOwnEncoder(target, encoders().info, 'Text');
    return encode(text, text);
  };
}

function readEmbedding(input: EmbeddingInput, target: EmbeddingTarget): EmbeddingOutcome {
  try {
    return decodeEmbedding(input, target);
  } catch (error) {
    return Promise.reject(error);
  }
}

function decodeEmbedding(input: EmbeddingInput, target: EmbeddingTarget): Float32Array {
  if (input.encoder !== target.id) {
    throw new AppError(
      'ENCODER_MISMATCH',
      `Expected an embedding of the encoder ${quote(target.id)}, got one of ${quote(input.encoder)}.`,
    );
  }
  return decodeVector(input.vector, target.dim);
}
