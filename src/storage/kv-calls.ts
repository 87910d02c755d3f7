import { AppError } from '../errors.ts';

export interface KvKeyList {
  readonly keys: readonly { readonly name: string; readonly metadata?: unknown }[];
  readonly list_complete: boolean;
  readonly cursor?: string;
}

/** The part of a KVNamespace that lists keys. */
export interface ListableKv {
  list(options: { prefix: string; cursor?: string }): Promise<KvKeyList>;
}

/** Every key under the prefix, in KV's order (ascending by UTF-8 bytes). */
export async function listKeys(kv: ListableKv, prefix: string): Promise<string[]> {
  return (await listEntries(kv, prefix)).map(({ name }) => name);
}

/** The same with the metadata of each. */
export async function listEntries(kv: ListableKv, prefix: string): Promise<KvKeyList['keys'][number][]> {
  const entries: KvKeyList['keys'][number][] = [];
  let cursor: string | undefined;
  do {
    const options = cursor === undefined ? { prefix } : { prefix, cursor };
    const page = await storageCall('list', () => kv.list(options));
    entries.push(...page.keys);
    cursor = page.list_complete ? undefined : page.cursor;
  } while (cursor !== undefined);
  return entries;
}

/** What stands behind any of the prefixes, each once, ascending: names under the present prefix and those of earlier versions. */
export async function listNames(kv: ListableKv, prefixes: readonly string[]): Promise<string[]> {
  const names = new Set<string>();
  for (const prefix of prefixes) {
    for (const key of await listKeys(kv, prefix)) names.add(key.slice(prefix.length));
  }
  return [...names].sort();
}

/** Runs one KV call; what it throws becomes a retryable STORAGE_FAILED, with the platform's error as the cause. */
export async function storageCall<T>(
  action: 'read' | 'write' | 'delete' | 'list',
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('STORAGE_FAILED', `Storage did not ${action}; try again`, { cause });
  }
}

/** Whether storage did not answer, here or by way of wrangler; otherwise what it holds is wrong. @param error STORAGE_FAILED */
export function isOutage(error: AppError): boolean {
  return /^(Storage did not|cannot) /.test(error.message);
}
