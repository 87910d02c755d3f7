import type { EngineSpec } from '../../src/format/corpus-engine.ts';
import type { EngineRow } from '../../src/search/engine.ts';
import type { SelectionRecord } from '../../src/format/selection-record.ts';
import type { WritableCorpusKv } from '../../src/storage/corpus-kv.ts';
import { engineRows } from '../../scripts/corpus/engines/engine-rows.ts';
import { pickRows } from '../../src/packing/corpus-rows.ts';
import { type MadeCorpus, makeCorpus } from './made-corpus.ts';

const SEGMENT_SIZE = 100;

/** A corpus in KV that names an engine, and the rows that belong there. */
export interface IndexedCorpus extends MadeCorpus {
  readonly engineRows: EngineRow[];
}

export async function makeIndexed(
  kv: WritableCorpusKv,
  record: SelectionRecord,
  count: number,
  engine: EngineSpec,
): Promise<IndexedCorpus> {
  const made = await makeCorpus(kv, { plan: 'compact', record, count, segmentSize: SEGMENT_SIZE });
  const { segments, fields } = made.manifest;
  const form = { model: record.model, modality: 'image', fields } as const;
  const rows = segments.flatMap((segment, s) => {
    const places = Array.from({ length: segment.count }, (_, i) => SEGMENT_SIZE * s + i);
    return engineRows(segment, pickRows(made.rows, places), form);
  });
  return { ...made, manifest: { ...made.manifest, engine }, engineRows: rows };
}
