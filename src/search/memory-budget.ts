import { AppError } from '../errors.ts';

const MEBIBYTE = 1024 * 1024;
const DEFAULT_MIB = 32;
/** An isolate has 128 MiB for everything. */
const MAX_MIB = 96;

/**
 * Bytes of corpora that an isolate keeps for scanning: variable CORPUS_MEMORY_MIB, a whole number from 4 to 96; 32 when absent.
 * @param env the Worker's env, or any object with its variables
 * @throws AppError INTERNAL naming the variable and what was expected
 */
export function readCorpusMemory(env: object): number {
  const written: unknown = (env as { readonly CORPUS_MEMORY_MIB?: unknown }).CORPUS_MEMORY_MIB;
  const mebibytes = written === undefined ? DEFAULT_MIB : Number(written);
  if (Number.isInteger(mebibytes) && mebibytes >= 4 && mebibytes <= MAX_MIB) return mebibytes * MEBIBYTE;
  throw new AppError(
    'INTERNAL',
    `CORPUS_MEMORY_MIB is ${JSON.stringify(written)}: expected a whole number from 4 to ${MAX_MIB}`,
  );
}
