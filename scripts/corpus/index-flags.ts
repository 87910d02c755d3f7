import type { Modality } from '../../src/core/scoring/selection-model.ts';
import type { EngineKind } from '../../src/format/corpus-engine.ts';
import type { CorpusPlan } from '../../src/format/corpus-manifest.ts';
import type { RowForm } from '../../src/format/row-forms.ts';
import type { EncoderFlags } from '../clip/encoder-options.ts';
import type { ColumnFlags } from '../dataset/column-options.ts';

/** Options of the command, as commander gives them. */
export interface IndexFlags extends ColumnFlags, EncoderFlags {
  readonly corpus: string;
  readonly imageEmbeddings?: string;
  readonly textEmbeddings?: string;
  readonly modality?: Modality;
  readonly selection?: string;
  readonly ids?: string;
  readonly metadata?: string;
  readonly fields?: string[];
  readonly delete?: string;
  readonly drop: boolean;
  readonly replace: boolean;
  readonly plan?: CorpusPlan | 'auto';
  readonly encoding?: RowForm;
  readonly bytes?: number;
  readonly rerank?: number;
  readonly model?: string;
  readonly cache: string;
  readonly maxPixels?: number;
  /** Undefined: as the corpus has it. */
  readonly thumbnails?: boolean;
  readonly remote: boolean;
  readonly engine?: EngineKind;
  readonly vectorizeIndex?: string;
  readonly postgresIndex?: 'exact' | 'hnsw' | 'bits';
  /** Seconds, for whoever else writes the corpus; false: nor until an engine shows what was written. */
  readonly wait?: number | false;
  readonly strict: boolean;
}
