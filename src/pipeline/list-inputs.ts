import { AppError } from '../errors.ts';
import { writeJson } from './bucket.ts';
import { INPUTS_A_PAGE } from './index-input.ts';
import type { RunInput } from './input-index.ts';
import { runKeys } from './keys.ts';
import type { RunDescription } from './run-description.ts';

const LISTINGS = ['captions.csv', 'metadata.csv'];

/**
 * Lists the inputs of a run and keeps the list, a page of a thousand an object: the listing of the dataset, where it has one, else its
 * tars in the order of their keys. Once a run, however often it is resumed: all that it has done is marked by the number of an input.
 * @returns how many
 * @throws AppError BAD_INPUT when there is neither, or tars are gzipped
 */
export async function listInputs(
  { DATASETS: datasets, RUNS: runs }: { readonly DATASETS: R2Bucket; readonly RUNS: R2Bucket },
  { id, prefix, request: { dataset } }: Pick<RunDescription, 'id' | 'prefix' | 'request'>,
): Promise<number> {
  const listed = await runs.head(runKeys.inputs(id, 0));
  if (listed?.customMetadata?.inputs !== undefined) return Number(listed.customMetadata.inputs);
  const inputs: RunInput[] = [];
  for await (const { key, etag, size } of directObjects(datasets, prefix)) {
    const name = key.slice(key.lastIndexOf('/') + 1);
    if (LISTINGS.includes(name)) {
      return keepInputs(runs, id, [{ kind: 'listing', key, etag, size }]);
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
  return keepInputs(runs, id, inputs);
}

/** The first page comes last: where it is, all are. */
async function keepInputs(runs: R2Bucket, id: string, inputs: readonly RunInput[]): Promise<number> {
  for (let page = Math.ceil(inputs.length / INPUTS_A_PAGE) - 1; page >= 0; page--) {
    const of = inputs.slice(page * INPUTS_A_PAGE, (page + 1) * INPUTS_A_PAGE);
    await writeJson(runs, runKeys.inputs(id, page), of, { inputs: String(inputs.length) });
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
