import type { RecordOptions } from '../../src/precompute/options.ts';
import type { PairSourceOptions } from '../dataset/source-options.ts';

/** What `precompute` is asked for; the command line and `npm start` fill the same fields. */
export interface PrecomputeOptions extends RecordOptions {
  readonly source: PairSourceOptions;
  /** Folder for selection.bin, selection.json, report.json and report.html; made when missing. */
  readonly out: string;
  /** Whether picture vectors of regions are compared as well; needs pictures and the embedded encoder. */
  readonly regions?: boolean;
  /** Pairs that everything is judged on where there are more; 10,000 when left out. */
  readonly sample?: number;
  /** A file of words that coordinates are to be told in; the words of the captions when left out. */
  readonly vocabulary?: string;
  /** To share the folds over; one a core when left out. */
  readonly threads?: number;
}
