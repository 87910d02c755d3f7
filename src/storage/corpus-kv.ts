import { type CorpusManifest, decodeManifest } from '../format/corpus-manifest.ts';
import { type NamedEngines, enginesOfDamaged } from '../format/damaged-manifest.ts';
import { corpusKey, oldCorpusKey } from '../format/kv-keys.ts';
import { AppError } from '../errors.ts';
import { type ListableKv, storageCall } from './kv-calls.ts';

/** As much of a ReadableStream of bytes as is needed here: Node and workerd declare different ones. */
export interface ByteStream {
  getReader(options: { readonly mode: 'byob' }): {
    read(view: Uint8Array<ArrayBuffer>): Promise<{
      readonly done: boolean;
      readonly value?: Uint8Array<ArrayBuffer> | undefined;
    }>;
    cancel(): Promise<void>;
  };
}

/** Left to itself, workerd hands on 4 KiB at a time: that takes twice the CPU. More than this gains no more. */
const READ_BYTES = 64 * 1024;

/** What corpora need of a KVNamespace to be read. */
export interface CorpusKv extends ListableKv {
  get(key: string, options: { readonly type: 'arrayBuffer' }): Promise<ArrayBuffer | null>;
  get(key: string, options: { readonly type: 'stream' }): Promise<ByteStream | null>;
}

/** A value to be written. `writtenAt`, ISO 8601, is only for what removes values that nothing names any more. */
export interface KvEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly metadata?: { readonly writtenAt: string };
}

/** And to be written. Many at once, because a way into an account's KV may take a second a call. */
export interface WritableCorpusKv extends CorpusKv {
  /** `metadata`: the bytes of what a manifest names, for who counts them. */
  put(
    key: string,
    value: string | Uint8Array,
    options?: { readonly metadata?: { readonly bytes: number } },
  ): Promise<void>;
  putMany(entries: readonly KvEntry[]): Promise<void>;
  deleteMany(keys: readonly string[]): Promise<void>;
}

/**
 * The manifest of a corpus; null when there is no such name.
 * @throws AppError BAD_INPUT for what cannot be a name, STORAGE_FAILED when KV fails or the value is corrupt, or is only there as a
 *   version stored it whose values did not say what they are: a digit changed in one would go unseen
 */
export async function readManifest(kv: CorpusKv, name: string): Promise<CorpusManifest | null> {
  const bytes = await readBytes(kv, corpusKey(name));
  if (bytes !== null) return decodeManifest(bytes, name);
  if ((await readBytes(kv, oldCorpusKey(name))) === null) return null;
  throw new AppError(
    'STORAGE_FAILED',
    `Corpus "${name}" is stored as an earlier version did, which cannot be verified: index it again with \`npm run -s index -- --corpus ${name} --replace DATA\``,
  );
}

/** What is stored under a corpus' name. */
export interface StoredCorpus {
  /** Null where there is none, or none that can be read. */
  readonly manifest: CorpusManifest | null;
  /** What one still tells that cannot be read; null otherwise. */
  readonly damaged: NamedEngines | null;
}

/** `readManifest` for whoever makes the corpus anew: one that cannot be read is no failure. @throws AppError STORAGE_FAILED when KV fails */
export async function readManifestToReplace(kv: CorpusKv, name: string): Promise<StoredCorpus> {
  const bytes = await readBytes(kv, corpusKey(name));
  if (bytes === null) return { manifest: null, damaged: null };
  try {
    return { manifest: decodeManifest(bytes, name), damaged: null };
  } catch (error) {
    if (error instanceof AppError) return { manifest: null, damaged: enginesOfDamaged(bytes) };
    throw error;
  }
}

/** The bytes of a key; null when there is none. @throws AppError STORAGE_FAILED when KV fails */
export async function readBytes(kv: CorpusKv, key: string): Promise<Uint8Array | null> {
  const value = await storageCall('read', () => kv.get(key, { type: 'arrayBuffer' }));
  return value === null ? null : new Uint8Array(value);
}

/**
 * The value of a key in parts as they come in; null when there is none. A part is only valid until the next is asked for.
 * @throws AppError STORAGE_FAILED when KV fails, at once or between two parts
 */
export async function readParts(kv: CorpusKv, key: string): Promise<AsyncIterable<Uint8Array> | null> {
  const stream = await storageCall('read', () => kv.get(key, { type: 'stream' }));
  return stream === null ? null : partsOf(stream);
}

/** Reads into one buffer again and again: the stream takes it with every read, and gives it back. */
async function* partsOf(stream: ByteStream): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader({ mode: 'byob' });
  let buffer = new ArrayBuffer(READ_BYTES);
  let isDone = false;
  try {
    while (!isDone) {
      const { done, value } = await storageCall('read', () => reader.read(new Uint8Array(buffer)));
      isDone = done;
      if (value === undefined) return;
      if (value.length > 0) yield value;
      buffer = value.buffer;
    }
  } finally {
    // Whoever stops half-way has said why, and so has a stream that broke.
    if (!isDone) await reader.cancel().catch(() => undefined);
  }
}
