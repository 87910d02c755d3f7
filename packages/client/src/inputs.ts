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
 * Makes the function that reads pictures. Equal bytes that it is given without a wait in between are one Blob: calls about one picture
 * share it, those about a buffer that was filled anew do not.
 */
export function createToImage(): (source: ImageSource) => ImageVariable {
  let seen: { readonly bytes: Uint8Array; readonly image: ImageVariable }[] = [];

  const fromBytes = (source: ArrayBuffer | ArrayBufferView): ImageVariable => {
    const { buffer = source as ArrayBuffer, byteOffset, byteLength } = source as Partial<ArrayBufferView>;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
    const known = seen.find((one) => isSame(one.bytes, bytes));
    if (known) return known.image;
    queueMicrotask(() => (seen = []));
    const image = { upload: new Blob([bytes]) };
    seen.push({ bytes, image });
    return image;
  };

  /** @throws TypeError for what is none of an ImageSource */
  return (source) => {
    if (source instanceof Blob) return { upload: source };
    if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return fromBytes(source);
    const address = source instanceof URL || typeof source === 'string' ? String(source) : '';
    if (/^data:/i.test(address)) return { base64: address };
    if (/^https?:/i.test(address)) return { url: address };
    return fromEmbedding(source, 'a picture as File, Blob, bytes, https URL, data URI or embedding');
  };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** @throws TypeError for what is none of a TextSource */
export function toText(source: TextSource): TextVariable {
  if (typeof source === 'string') return { text: source };
  return fromEmbedding(source, 'a text as string or embedding');
}

/** @throws TypeError for what is no string */
export function toString(source: string): string {
  if (typeof source === 'string') return source;
  throw unexpected('a text as string', source);
}

/** Reads every item of a list. Anything else is a TypeError: GraphQL would take it for a list of one. */
export function toList<Source, Variable>(
  read: (source: Source) => Variable,
): (sources: readonly Source[]) => Variable[] {
  return (sources) => {
    if (!Array.isArray(sources)) throw unexpected('a list', sources);
    return sources.map((source: Source) => read(source));
  };
}

/** @throws TypeError for an option that is none of the known ones, which a misspelt one would be */
export function checkOptions(options: object | null | undefined, known: readonly string[]): void {
  for (const name of Object.keys(options ?? {})) {
    if (!known.includes(name)) {
      throw new TypeError(`Unknown option "${name}", expected ${known.join(', ')}.`);
    }
  }
}

function fromEmbedding(source: unknown, expected: string): { readonly embedding: EmbeddingVariable } {
  const { vector, encoder } = Object(source) as Partial<EmbeddingSource>;
  if (!vector || !encoder) throw unexpected(expected, source);
  return { embedding: { vector: typeof vector === 'string' ? vector : packVector(vector), encoder } };
}

function unexpected(expected: string, value: unknown): TypeError {
  const kind = value == null ? String(value) : Object.prototype.toString.call(value).slice(8, -1);
  const shown = typeof value === 'string' ? `"${value.slice(0, 60)}"` : kind;
  return new TypeError(`Expected ${expected}, got ${shown}.`);
}
