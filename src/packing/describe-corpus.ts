import type { Modality } from '../core/scoring/selection-model.ts';
import {
  type CorpusManifest,
  type CorpusPlan,
  type ScannedForm,
  corpusCount,
  scannedShape,
} from '../format/corpus-manifest.ts';
import { type RowForm, rowFormOf } from '../format/row-forms.ts';
import { type EngineKind, engineKindOf } from '../format/corpus-engine.ts';
import { bytesPerVector } from '../format/corpus-vectors.ts';

/** A corpus for people: names and figures are those of the type Corpus of the API. */
export interface CorpusDescription {
  readonly count: number;
  readonly selection: string;
  readonly encoder: string;
  readonly modality: Modality;
  readonly plan: CorpusPlan;
  /** What finds the candidates of a search. */
  readonly engine: EngineKind;
  /** Of scanned vectors. */
  readonly encoding: RowForm;
  readonly bytesPerVector: number;
  /** Of scanned vectors: what an isolate keeps; 0 behind an engine. */
  readonly memoryBytes: number;
  readonly segments: number;
  readonly rerank: number;
  readonly fields: readonly string[];
  /** Vectors that have one. */
  readonly thumbnails: number;
}

/** The corpus as its manifest has it. */
export function describeCorpus(manifest: CorpusManifest): CorpusDescription {
  const count = corpusCount(manifest);
  const bytes = scannedBytes(manifest);
  return {
    count,
    selection: manifest.selection,
    encoder: manifest.encoder.id,
    modality: manifest.modality,
    plan: manifest.plan,
    engine: engineKindOf(manifest),
    encoding: rowFormOf(manifest.codes?.bits),
    bytesPerVector: bytes,
    memoryBytes: manifest.engine === undefined ? count * bytes : 0,
    segments: manifest.segments.length,
    rerank: manifest.rerank,
    fields: manifest.fields,
    thumbnails: manifest.thumbnails ?? 0,
  };
}

/** What a scanned vector takes under the plan, scale included. */
export function scannedBytes(shape: ScannedForm): number {
  const { dim, columns } = scannedShape(shape);
  return bytesPerVector(dim, columns);
}
