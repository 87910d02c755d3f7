import { AppError } from '../errors.ts';
import { writeJson } from './bucket.ts';
import { INPUTS_A_PAGE } from './index-input.ts';
import type { RunInput } from './input-index.ts';
import { runKeys } from './keys.ts';
import type { RunDescription } from './run-description.ts';

const LISTINGS = ['captions.csv', 'metadata.csv'];

/**
 * Lists the inputs of a run and keeps the list, a page of a thousand an object: the listing of the dataset, where it has one, else its
 * tars in the order of their keys.
 * @returns how many
 * @throws AppError BAD_INPUT when there is neither, or tars are gzipped
 */
export async function listInputs(
  { DATASETS: datasets, RUNS: runs }: { readonly DATASETS: R2Bucket; readonly RUNS: R2Bucket },
  { id, prefix, request: { dataset } }: Pick<RunDescription, 'id' | 'prefix' | 'request'>,
): Promise<number> {
  const inputs: RunInput[] = [];
  for await (const { key, etag, size } of directObjects(datasets, prefix)) {
    const name = key.slice(key.lastIndexOf('/') + 1);
    if (LISTINGS.includes(name)) {
      await writeJson(runs, runKeys.inputs(id, 0), [{ kind: 'listing', key, etag, size }]);
      return 1;
    }
    if (/\.(tar\.gz|tgz)$/i.test(name)) {
      throw new AppError(
        'BAD_INPUT',
        `${key} is gzipped: unpack it to a plain .tar, whose pictures can be read by range`,
      );
    }
    if (/\.tar$/i.test(name)) inputs.push({ kind: 'tar', key, etag, size });
  }
  if (inputs.length === 0) {
    throw new AppError('BAD_INPUT', `${dataset} holds neither ${LISTINGS.join(' or ')} nor .tar files`);
  }
  for (let start = 0; start < inputs.length; start += INPUTS_A_PAGE) {
    await writeJson(
      runs,
      runKeys.inputs(id, start / INPUTS_A_PAGE),
      inputs.slice(start, start + INPUTS_A_PAGE),
    );
  }
  return inputs.length;
}

/** Not those of folders inside: a listing's pictures may be millions. */
async function* directObjects(bucket: R2Bucket, prefix: string): AsyncGenerator<R2Object> {
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ prefix, delimiter: '/', ...(cursor === undefined ? {} : { cursor }) });
    yield* page.objects;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}
