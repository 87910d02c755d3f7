import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_MISMATCHES } from '../../src/core/pairs/mismatches.ts';
import { AppError } from '../../src/errors.ts';
import type { CoordinateMeanings } from '../../src/format/coordinate-meanings.ts';
import { decodeSelection, selectionId } from '../../src/format/selection-record.ts';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import type { EncoderChoice } from '../dataset/load-pair-encoder.ts';
import type { FreshVectors } from '../corpus/fresh-vectors.ts';
import { readDatasetRows } from '../corpus/read-dataset-rows.ts';
import { createProgress } from '../cli/progress.ts';
import { PROJECT_ROOT } from '../kv/project.ts';
import { DEFAULT_CALIBRATION } from '../../src/core/evaluation/calibrate.ts';
import { makeSelection } from '../precompute/make-selection.ts';
import { prepareOut, writeFiles } from '../precompute/write-files.ts';
import { MEANINGS_FILE, meaningsText, readMeaningsFile } from '../selection/meanings-file.ts';
import type { FoundSelection } from '../selection/selection-file.ts';
import { contentHash } from './content-hash.ts';

/** The selections that a fresh installation has: the best this encoder gives, and what keeping 50 coordinates costs. */
export const SAMPLES = [
  { name: 'default', strategy: 'full' },
  { name: 'mi-50', strategy: 'mutual-information' },
] as const;

export type Sample = (typeof SAMPLES)[number];

const DATASET = 'models/sample/captions.csv';
/** Goes up with what a record is made of: one that an earlier version left here is then made anew. */
const MAKING = 3;
/** Few comparisons, so that the first start is quick; `precompute` on the same set compares all. */
const REQUEST = {
  strategies: ['variance'],
  k: 50,
  ks: [],
  fusion: 'identity',
  centred: true,
  mismatches: DEFAULT_MISMATCHES,
  calibration: DEFAULT_CALIBRATION,
  bootstrap: 0,
  // The page and the Workers are built at the same moment.
  threads: 1,
  folds: 5,
  seed: 0,
} as const;

export interface SampleOptions {
  readonly state: string;
  /** Another encoder than the embedded one. */
  readonly choice: EncoderChoice;
  readonly encoder: EncoderInfo;
  readonly tell: (line: string) => void;
}

/** A sample's record, and what its coordinates stand for. */
export interface SampleRecord {
  readonly bytes: Uint8Array;
  readonly meanings: CoordinateMeanings | null;
}

/** A sample's record: from the state folder when made before from the same set and encoder, else made now. */
export async function sampleRecord(
  { name, strategy }: Sample,
  options: SampleOptions,
): Promise<SampleRecord> {
  const { state, choice, encoder, tell } = options;
  const set = await contentHash(PROJECT_ROOT, ['models/sample']);
  const { id, fingerprint } = encoder;
  const folderName = `${id.replaceAll(/[^\w.-]/g, '_')}-${fingerprint.slice(0, 16)}-${set.slice(0, 16)}-${MAKING}`;
  const out = join(state, 'samples', folderName, name);
  const made = await readFile(join(out, 'selection.bin')).catch(() => null);
  if (made && isReadable(made)) {
    const meanings = await readMeaningsFile(out, await selectionId(made));
    // Without them it is of an earlier version.
    if (meanings !== null) return { bytes: made, meanings };
  }
  tell(`Making the sample selection "${name}" (once)…`);
  const source = {
    kind: 'dataset',
    path: join(PROJECT_ROOT, DATASET),
    columns: { kind: 'kind' },
    cache: join(state, 'embeddings'),
    ...choice,
  } as const;
  await prepareOut(out);
  const request = { ...REQUEST, source, strategy };
  const {
    id: record,
    bytes,
    meanings,
  } = await makeSelection(request, { startProgress: createProgress(), tell: () => undefined });
  // No report: nobody asked for one, and drawing it takes longer than the fit.
  await writeFiles(out, [
    ...(meanings === null ? [] : [{ name: MEANINGS_FILE, content: meaningsText(record, meanings) }]),
    { name: 'selection.bin', content: bytes },
  ]);
  return { bytes, meanings };
}

/** The sample pictures as rows of a corpus; making the selections has left their embeddings in the cache. */
export async function sampleRows(
  { record }: FoundSelection,
  { state, choice, tell }: Pick<SampleOptions, 'state' | 'choice' | 'tell'>,
): Promise<FreshVectors> {
  tell('Packing the sample pictures for search (once)…');
  const source = {
    path: join(PROJECT_ROOT, DATASET),
    modality: 'image',
    cache: join(state, 'embeddings'),
    ...choice,
  } as const;
  const { fresh } = await readDatasetRows(source, record, 'default', {
    startProgress: createProgress(),
    tell,
  });
  return fresh;
}

/** What an older version of this project made may be of another format. */
function isReadable(bytes: Uint8Array): boolean {
  try {
    decodeSelection(bytes);
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
