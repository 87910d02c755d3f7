import { Option } from 'commander';
import { wholeNumber } from '../cli/options.ts';

/** What cameras make. Commands run where there is more memory than in a Worker, whose limit is lower (`DEFAULT_MAX_PIXELS`). */
export const OFFLINE_MAX_PIXELS = 100_000_000;

/** Beyond it the WebAssembly memory of a decoder, 2 to 4 GiB, may not hold a picture: a PNG of 400 megapixels fails. */
const MOST_PIXELS = 250_000_000;

/** `--max-pixels`, the same for every command that reads pictures. It has no default value, so that giving it in vain can be told. */
export function maxPixelsOption(): Option {
  return new Option(
    '--max-pixels <N>',
    `width x height above which a picture of a DATASET is not decoded, and its row fails, at most ${MOST_PIXELS} (default: ${OFFLINE_MAX_PIXELS})`,
  ).argParser(wholeNumber(1, MOST_PIXELS));
}
