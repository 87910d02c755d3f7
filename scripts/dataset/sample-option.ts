import { Option } from 'commander';
import { DEFAULT_SAMPLE_PAIRS } from '../../src/precompute/make-record-from-shards.ts';
import { wholeNumber } from '../cli/options.ts';

/** Two folds of two groups need four pairs. */
const LEAST = 4;

/** For `precompute` and `compare`. */
export function sampleOption(): Option {
  return new Option(
    '--sample <N>',
    'pairs that are compared and judged: of more, whole groups chosen by a hash of their content, whatever their order',
  )
    .argParser(wholeNumber(LEAST))
    .default(DEFAULT_SAMPLE_PAIRS);
}
