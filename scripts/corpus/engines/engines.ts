import type { SelectionModel } from '../../../src/core/scoring/selection-model.ts';
import type { EngineKind, EngineSpec } from '../../../src/format/corpus-engine.ts';
import type { VectorEngine } from '../../../src/search/engine.ts';

/** An engine outside the isolate. */
export type OuterKind = Exclude<EngineKind, 'isolate'>;

/** What decides where the rows of a corpus go. */
export interface EngineFacts {
  readonly corpus: string;
  readonly selection: string;
  readonly model: SelectionModel;
  /** Vectors that the corpus will have. */
  readonly count: number;
  /** Metadata fields that filters know. */
  readonly fields: readonly string[];
  /** Those of them that have numbers. */
  readonly numbers: readonly string[];
  /** Of the manifest that is there. */
  readonly previous: EngineSpec | undefined;
  /** Engines of earlier manifests that may still have rows, the latest last. */
  readonly retired: readonly EngineSpec[];
}

/** The engines that a command reaches. */
export interface Engines {
  /** @throws UserError when the engine cannot be reached or cannot have such rows, saying what to do */
  specOf(kind: OuterKind, facts: EngineFacts): Promise<EngineSpec>;
  /** @throws UserError when it cannot be reached, saying what to do */
  open(spec: EngineSpec): Promise<VectorEngine>;
  /** The rows that a corpus without a manifest may have left. @throws UserError as `specOf` */
  leftBy(kind: OuterKind, corpus: string): Promise<readonly EngineSpec[]>;
  close(): Promise<void>;
}
