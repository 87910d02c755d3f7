import { createHash } from 'node:crypto';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { AppError } from '../../src/errors.ts';
import { type CorpusManifest, decodeManifest } from '../../src/format/corpus-manifest.ts';
import { corpusKey, oldCorpusKey } from '../../src/format/kv-keys.ts';
import type { WritableCorpusKv } from '../../src/storage/corpus-kv.ts';
import { dropCorpus } from '../../src/storage/publish-corpus.ts';
import type { FreshVectors } from '../corpus/fresh-vectors.ts';
import { indexCorpus } from '../corpus/index-corpus.ts';
import type { StartProgress } from '../cli/progress.ts';
import type { FoundSelection } from '../selection/selection-file.ts';
import { noteSeeded, readSeeded } from './seeded-file.ts';

/** The corpus that a fresh installation has: the sample pictures. */
export const SAMPLE_CORPUS = 'samples';
/** In seeded.json; a selection cannot have this name. */
const SEEDED_NAME = `corpus:${SAMPLE_CORPUS}`;

export interface CorpusSeedOptions {
  readonly kv: WritableCorpusKv;
  readonly state: string;
  readonly encoder: EncoderInfo;
  /** What the name `default` points at; null when that is missing or cannot be read. */
  readonly selection: FoundSelection | null;
  /** The sample pictures, encoded for this selection. */
  readonly makeRows: (selection: FoundSelection) => Promise<FreshVectors>;
  /** Bytes of vectors that an isolate keeps. */
  readonly budgetBytes: number;
  readonly startProgress: StartProgress;
  readonly tell: (line: string) => void;
}

/**
 * Packs the sample pictures for the selection `default` as the corpus `samples`, where KV has none. One that exists stays, with
 * one exception: what an earlier start put there for another encoder or another record of `default`, or in a form that
 * cannot be read any more, is replaced.
 */
export async function seedCorpus(options: CorpusSeedOptions): Promise<void> {
  const { kv, state, encoder, selection, tell } = options;
  const stored = await readValue(kv, corpusKey(SAMPLE_CORPUS));
  const manifest = stored === null ? null : readUsable(stored);
  const mark = stored ?? (await readValue(kv, oldCorpusKey(SAMPLE_CORPUS)));
  const isOwn = mark !== null && (await readSeeded(state))[SEEDED_NAME] === hashOf(mark);
  if (mark !== null && !isOwn) {
    const why = stored === null ? 'is of an earlier version: index it again' : whyUnusable(manifest, encoder);
    if (why !== null) tell(`Note: corpus "${SAMPLE_CORPUS}" ${why}. It stays as it is.`);
    return;
  }
  if (selection === null || !isOf(selection.record.encoder, encoder)) {
    if (manifest === null || !isOf(manifest.encoder, encoder)) {
      tell(
        `Note: corpus "${SAMPLE_CORPUS}" is not made: the selection "default" is not of encoder "${encoder.id}".`,
      );
    }
    return;
  }
  if (manifest?.selection === selection.id) return;
  const fresh = await options.makeRows(selection);
  // Removed, not updated: what it was packed from may have had another number of coordinates.
  if (manifest !== null) await dropCorpus(kv, SAMPLE_CORPUS, manifest);
  else if (stored !== null) await kv.deleteMany([corpusKey(SAMPLE_CORPUS)]);
  await packSamples(options, selection, fresh);
  const written = await readValue(kv, corpusKey(SAMPLE_CORPUS));
  if (written === null) throw new Error(`no manifest of corpus "${SAMPLE_CORPUS}" after it was written`);
  await noteSeeded(state, SEEDED_NAME, hashOf(written));
}

async function packSamples(
  { kv, budgetBytes, startProgress, tell }: CorpusSeedOptions,
  selection: FoundSelection,
  fresh: FreshVectors,
): Promise<void> {
  const request = {
    corpus: SAMPLE_CORPUS,
    selection,
    modality: 'image',
    fresh,
    // The page serves the pictures themselves.
    thumbnails: new Map<string, Uint8Array>(),
    dropThumbnails: false,
    deletions: new Set<string>(),
    replace: true,
    plan: null,
    rerank: null,
    fields: null,
    budgetBytes,
    now: new Date().toISOString(),
  } as const;
  await indexCorpus(kv, request, { startProgress, tell });
}

async function readValue(kv: WritableCorpusKv, key: string): Promise<Uint8Array | null> {
  const value = await kv.get(key, { type: 'arrayBuffer' });
  return value === null ? null : new Uint8Array(value);
}

/** Null when it is damaged or of another version: no reason for the server not to start. */
function readUsable(bytes: Uint8Array): CorpusManifest | null {
  try {
    return decodeManifest(bytes, SAMPLE_CORPUS);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** Null when there is nothing to be said of someone's own corpus. */
function whyUnusable(manifest: CorpusManifest | null, encoder: EncoderInfo): string | null {
  if (manifest === null) return 'cannot be read';
  if (isOf(manifest.encoder, encoder)) return null;
  return `is of encoder "${manifest.encoder.id}"; this server runs "${encoder.id}"`;
}

function isOf(made: CorpusManifest['encoder'], { id, fingerprint }: EncoderInfo): boolean {
  return made.id === id && made.fingerprint === fingerprint;
}

/** A manifest tells the moment it was written: no other write has the same. */
function hashOf(manifest: Uint8Array): string {
  return createHash('sha256').update(manifest).digest('hex');
}
