import { AppError } from '../errors.ts';

export interface KvKeyList {
  readonly keys: readonly { readonly name: string }[];
  readonly list_complete: boolean;
  readonly cursor?: string;
}

/** The part of a KVNamespace that lists keys. */
export interface ListableKv {
  list(options: { prefix: string; cursor?: string }): Promise<KvKeyList>;
}

/** Every key under the prefix, in KV's order (ascending by UTF-8 bytes). */
export async function listKeys(kv: ListableKv, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const options = cursor === undefined ? { prefix } : { prefix, cursor };
    const page = await storageCall('list', () => kv.list(options));
    keys.push(...page.keys.map((key) => key.name));
    cursor = page.list_complete ? undefined : page.cursor;
  } while (cursor !== undefined);
  return keys;
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
