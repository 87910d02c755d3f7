import { summarizeFolds } from '../core/evaluation/cross-validation.ts';
import { evaluateFold } from '../core/evaluation/fold-evaluation.ts';
import type { PairedEmbeddings } from '../dataset/paired-embeddings.ts';
import { type MadeRecord, makeRecord } from '../precompute/make-record.ts';
import type { RunDescription } from './run-description.ts';
import { recordOptions } from './run-request.ts';

/** The record of a run's pairs: by the code, and to the bytes, of `precompute`. Folds one after the other, without threads. */
export function makeRunRecord(
  { encoder: { id, fingerprint }, request }: RunDescription,
  pairs: PairedEmbeddings,
): Promise<MadeRecord> {
  const options = recordOptions(request);
  return makeRecord({ encoder: { id, fingerprint }, pairs }, options, (set, candidates) => {
    const byFold = Array.from({ length: options.folds }, (_, fold) =>
      evaluateFold(set, candidates, options, fold),
    );
    return Promise.resolve(summarizeFolds(candidates, byFold, set.dim));
  });
}
