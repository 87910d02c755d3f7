import { PLATFORM_LIMITS } from './limits.ts';

/** A JSON value of the bucket; null when there is none. */
export async function readJson<T>(bucket: R2Bucket, key: string): Promise<T | null> {
  const object = await bucket.get(key);
  return object === null ? null : object.json<T>();
}

/** @throws Error when there is none: what names it was written after it */
export async function requireJson<T>(bucket: R2Bucket, key: string): Promise<T> {
  const value = await readJson<T>(bucket, key);
  if (value === null) throw new Error(`${key} is not in the bucket of runs`);
  return value;
}

export async function requireBytes(bucket: R2Bucket, key: string): Promise<Uint8Array<ArrayBuffer>> {
  const object = await bucket.get(key);
  if (object === null) throw new Error(`${key} is not in the bucket of runs`);
  return new Uint8Array(await object.arrayBuffer());
}

/**
 * An object of a dataset, or a range of it, as it was when the run listed it: a run goes by what it found at its start.
 * @throws Error when it has changed or gone since
 */
export async function openListed(
  datasets: R2Bucket,
  { key, etag }: { readonly key: string; readonly etag: string },
  range?: { readonly offset: number; readonly length: number },
): Promise<R2ObjectBody> {
  const object = await datasets.get(key, {
    onlyIf: { etagMatches: etag },
    ...(range === undefined ? {} : { range }),
  });
  if (object !== null && 'body' in object) return object;
  throw new Error(
    `${key} ${object === null ? 'is gone' : 'has changed'} since the run listed it: start with another --round, which lists anew and encodes only what is new`,
  );
}

export async function writeJson(
  bucket: R2Bucket,
  key: string,
  value: unknown,
  customMetadata: Record<string, string> = {},
): Promise<void> {
  await bucket.put(key, JSON.stringify(value), { customMetadata });
}

export async function exists(bucket: R2Bucket, key: string): Promise<boolean> {
  return (await bucket.head(key)) !== null;
}

/** What R2 deletes in one call. */
const KEYS_A_DELETE = PLATFORM_LIMITS.keysADelete;

/** Any number of keys; those that are not there are as good as deleted. */
export async function deleteObjects(bucket: R2Bucket, keys: readonly string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += KEYS_A_DELETE) {
    await bucket.delete(keys.slice(start, start + KEYS_A_DELETE));
  }
}

/** All objects under a prefix in the order of their keys, a thousand a call. */
export async function* listObjects(
  bucket: R2Bucket,
  prefix: string,
  { metadata = false }: { readonly metadata?: boolean } = {},
): AsyncGenerator<R2Object> {
  let cursor: string | undefined;
  do {
    const page = await bucket.list({
      prefix,
      ...(cursor === undefined ? {} : { cursor }),
      ...(metadata ? { include: ['customMetadata'] } : {}),
    });
    yield* page.objects;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

export async function countObjects(bucket: R2Bucket, prefix: string): Promise<number> {
  let count = 0;
  for await (const object of listObjects(bucket, prefix)) if (object.key !== '') count++;
  return count;
}
