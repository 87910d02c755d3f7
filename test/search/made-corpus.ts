import { createRandom } from '../../src/core/random.ts';
import type { Modality } from '../../src/core/scoring/selection-model.ts';
import { type CodeBits, fitCodes } from '../../src/core/search/code-rows.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import type { CorpusItem } from '../../src/format/corpus-items.ts';
import type { CorpusManifest, CorpusPlan } from '../../src/format/corpus-manifest.ts';
import type { SelectionRecord } from '../../src/format/selection-record.ts';
import type { WritableCorpusKv } from '../../src/storage/corpus-kv.ts';
import { publishCorpus } from '../../src/storage/publish-corpus.ts';
import { type CorpusRows, pickRows } from '../../src/packing/corpus-rows.ts';
import { codingOf, toCorpusRows } from '../../scripts/corpus/fresh-vectors.ts';
import { filterableFields } from '../../scripts/corpus/filterable-fields.ts';
import { packSegments } from '../../scripts/corpus/pack-segments.ts';
import { projectStored } from '../../src/packing/pack-segments.ts';

export const NOW = '2026-11-25T03:00:00.000Z';

/** Seeded unit vectors, row-major. */
export function unitRows(count: number, dim: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const rows = Float32Array.from({ length: count * dim }, () => random.nextGaussian());
  normalizeRows(rows, dim);
  return rows;
}

/** Items v0, v1, ...; every third has no metadata, the others a colour and a number. */
export function madeItems(count: number): CorpusItem[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `v${i}`,
    metadata: i % 3 === 2 ? null : JSON.stringify({ colour: i % 2 === 0 ? 'red' : 'blue', price: i }),
  }));
}

export interface MadeCorpus {
  readonly manifest: CorpusManifest;
  readonly rows: CorpusRows;
}

interface Options {
  readonly name?: string;
  readonly plan: CorpusPlan;
  readonly record: SelectionRecord;
  readonly modality?: Modality;
  readonly count: number;
  readonly seed?: number;
  /** Vectors of each segment; by itself a segment would take 4 MiB. */
  readonly segmentSize?: number;
  readonly rerank?: number;
  /** Rows of codes of so many bits; int8 by itself. */
  readonly bits?: CodeBits;
  /** What is in storage under the name. */
  readonly previous?: CorpusManifest | null;
  /** Writes what it names already, too. */
  readonly rewrites?: boolean;
  /** Of every item; by itself that of `madeItems`. */
  readonly metadata?: () => object;
  readonly now?: string;
  /** Id of its record. */
  readonly selection?: string;
}

/** A corpus of seeded vectors, written as the command writes it but in smaller segments. */
export async function makeCorpus(kv: WritableCorpusKv, options: Options): Promise<MadeCorpus> {
  const {
    name = 'made',
    plan,
    record,
    modality = 'image',
    count,
    seed = 1,
    segmentSize = count,
    rerank = 10,
    bits,
    previous = null,
    rewrites = false,
    metadata,
    now = NOW,
    selection = 'a'.repeat(64),
  } = options;
  const { model, encoder } = record;
  const items = madeItems(count).map((item) =>
    metadata === undefined ? item : { ...item, metadata: JSON.stringify(metadata()) },
  );
  const embeddings = unitRows(count, model.dim, seed);
  const coding = codingOf(model.dim, embeddings);
  const rows = toCorpusRows(items, coding, embeddings);
  const codes =
    bits === undefined ? undefined : fitCodes(bits, [projectStored(rows, model, modality)], model.k);
  const fields = filterableFields(items, null);
  const starts = Array.from({ length: Math.ceil(count / segmentSize) }, (_, i) => i * segmentSize);
  const segments = starts.flatMap((start) => {
    const places = Array.from({ length: Math.min(segmentSize, count - start) }, (_, i) => start + i);
    const packing = { corpus: name, model, modality, plan, fields };
    const coded = codes === undefined ? packing : { ...packing, codes };
    return [...packSegments(pickRows(rows, places), coded)];
  });
  const description = {
    selection,
    encoder,
    modality,
    dim: model.dim,
    k: model.k,
    plan,
    rerank,
    fields,
    coding: { mean: [...coding.mean], spread: [...coding.spread], fittedOn: count },
    ...(codes === undefined ? {} : { codes: { bits: codes.bits, steps: [...codes.steps] } }),
    createdAt: now,
    updatedAt: now,
  };
  const { manifest } = await publishCorpus(
    kv,
    name,
    previous,
    { segments, thumbnails: new Map(), rewrites },
    description,
    () => undefined,
  );
  return { manifest, rows };
}
