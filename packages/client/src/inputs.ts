import { packVector } from './vectors.ts';

/** A vector made earlier, in place of a picture or a text: what `embed` gives fits. */
export interface EmbeddingSource {
  /** As many numbers as the encoder's `dim`; or those as base64 of little-endian float32. */
  readonly vector: Float32Array | readonly number[] | string;
  /** Id of the encoder that made it. */
  readonly encoder: string;
}

/**
 * A picture: a File or Blob, the bytes of a file, an https URL that the API fetches, a data URI, or an embedding.
 * JPEG, PNG, WebP, AVIF or GIF.
 */
export type ImageSource = Blob | Uint8Array | ArrayBuffer | URL | string | EmbeddingSource;

export type TextSource = string | EmbeddingSource;

/** `ImageInput` and `TextInput` of the API, where `upload` is sent as `post` sees fit. */
export type ImageVariable =
  | { readonly upload: Blob }
  | { readonly url: string }
  | { readonly base64: string }
  | { readonly embedding: EmbeddingVariable };
export type TextVariable = { readonly text: string } | { readonly embedding: EmbeddingVariable };

interface EmbeddingVariable {
  readonly vector: string;
  readonly encoder: string;
}

/**
 * Makes the function that reads pictures. Bytes that it is given several times without a wait in between stay one Blob as long as they
 * are the same: calls about one picture share it, those about a buffer that was filled anew do not.
 */
export function createToImage(): (source: ImageSource) => ImageVariable {
  const seen = new Map<unknown, { readonly bytes: Uint8Array; readonly image: ImageVariable }>();

  const fromBytes = (source: ArrayBuffer | ArrayBufferView): ImageVariable => {
    const { buffer = source as ArrayBuffer, byteOffset, byteLength } = source as Partial<ArrayBufferView>;
    const given = new Uint8Array(buffer, byteOffset, byteLength);
    const known = seen.get(source);
    if (known && isSame(known.bytes, given)) return known.image;
    queueMicrotask(() => seen.clear());
    const bytes = given.slice();
    const image = { upload: new Blob([bytes]) };
    seen.set(source, { bytes, image });
    return image;
  };

  /** @throws TypeError for what is none of an ImageSource */
  return (source) => {
    if (source instanceof Blob) return { upload: source };
    if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return fromBytes(source);
    if (source instanceof URL || typeof source === 'string') return fromAddress(String(source));
    if (isEmbedding(source)) return { embedding: toEmbedding(source) };
    throw new TypeError(
      `Expected a picture as File, Blob, bytes, URL, data URI or embedding, got ${kindOf(source)}.`,
    );
  };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return i === a.length && i === b.length;
}

/** @throws TypeError for what is none of a TextSource */
export function toText(source: TextSource): TextVariable {
  if (typeof source === 'string') return { text: source };
  if (isEmbedding(source)) return { embedding: toEmbedding(source) };
  throw new TypeError(`Expected a text as string or embedding, got ${kindOf(source)}.`);
}

function fromAddress(address: string): ImageVariable {
  if (/^data:/i.test(address)) return { base64: address };
  if (/^https?:/i.test(address)) return { url: address };
  const shown = address.length > 60 ? `${address.slice(0, 60)}…` : address;
  throw new TypeError(
    `Expected a picture as https URL or data URI, got "${shown}": of a file, give the bytes.`,
  );
}

function isEmbedding(source: unknown): source is EmbeddingSource {
  return typeof source === 'object' && source !== null && 'vector' in source && 'encoder' in source;
}

function toEmbedding({ vector, encoder }: EmbeddingSource): EmbeddingVariable {
  return { vector: typeof vector === 'string' ? vector : packVector(vector), encoder };
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}
