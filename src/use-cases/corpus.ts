import { AppError } from '../errors.ts';
import {
  type CorpusManifest,
  type CorpusPlan,
  corpusCount,
  scannedShape,
} from '../format/corpus-manifest.ts';
import { type EngineKind, engineKindOf } from '../format/corpus-engine.ts';
import { bytesPerVector } from '../format/corpus-vectors.ts';
import { rowFormOf } from '../format/row-forms.ts';
import type { NamedCorpus } from '../storage/corpus-store.ts';
import { isOwnEncoder } from './inputs/own-encoder.ts';
import { type RowEncoding, ROW_ENCODINGS } from './row-encoding.ts';
import type { RequestScope } from './request-scope.ts';

/** As `Corpus` of schema.graphql, but for its name and `searchError`. */
export interface CorpusFacts {
  readonly count: number;
  readonly selection: string;
  readonly encoder: string;
  readonly encoderFingerprint: string;
  readonly dim: number;
  readonly modality: 'IMAGE' | 'TEXT';
  readonly plan: 'FULL' | 'COMPACT';
  readonly engine: (typeof ENGINES)[EngineKind];
  readonly encoding: RowEncoding;
  readonly bytesPerVector: number;
  readonly rerank: number;
  readonly thumbnails: number;
  readonly fields: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

const PLANS = { full: 'FULL', compact: 'COMPACT' } as const satisfies Record<CorpusPlan, string>;
const ENGINES = {
  isolate: 'ISOLATE',
  postgres: 'POSTGRES',
  vectorize: 'VECTORIZE',
} as const satisfies Record<EngineKind, string>;
const MODALITIES = { image: 'IMAGE', text: 'TEXT' } as const;

const known = new WeakMap<CorpusManifest, CorpusFacts>();

/** What is told of a corpus; O(segments) once. */
export function corpusFacts({ manifest }: NamedCorpus): CorpusFacts {
  let facts = known.get(manifest);
  if (facts === undefined) {
    facts = readFacts(manifest);
    known.set(manifest, facts);
  }
  return facts;
}

function readFacts(manifest: CorpusManifest): CorpusFacts {
  const { selection, encoder, dim, modality, plan, codes, rerank, fields, createdAt, updatedAt } = manifest;
  const scanned = scannedShape(manifest);
  return {
    count: corpusCount(manifest),
    selection,
    encoder: encoder.id,
    encoderFingerprint: encoder.fingerprint,
    dim,
    modality: MODALITIES[modality],
    plan: PLANS[plan],
    engine: ENGINES[engineKindOf(manifest)],
    encoding: ROW_ENCODINGS[rowFormOf(codes?.bits)],
    bytesPerVector: bytesPerVector(scanned.dim, scanned.columns),
    rerank,
    thumbnails: manifest.thumbnails ?? 0,
    fields,
    createdAt,
    updatedAt,
  };
}

/**
 * What a search by text or pixels would meet: first that its engine is not there, which no embedding helps, then that they cannot be encoded for
 * it, then that its record is not there.
 * @returns null where it can be searched
 */
export async function searchErrorOf(
  corpus: NamedCorpus,
  { encoders, corpora: { missingEngine, recordOf } }: RequestScope,
): Promise<AppError | null> {
  const missing = missingEngine(corpus);
  if (missing !== null) return missing;
  const { manifest } = corpus;
  const { encoder: made, dim } = manifest;
  const { info } = encoders();
  if (!isOwnEncoder({ ...made, dim }, info)) {
    const message =
      made.id === info.id
        ? `The vectors are of ${made.id} with fingerprint ${made.fingerprint} (${dim} numbers); this deployment runs fingerprint ${info.fingerprint} (${info.dim} numbers).`
        : `The vectors are of the encoder ${made.id}; this deployment runs ${info.id}.`;
    return new AppError('ENCODER_MISMATCH', message);
  }
  try {
    await recordOf(corpus);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
