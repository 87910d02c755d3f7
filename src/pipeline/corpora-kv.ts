import type { WritableCorpusKv } from '../storage/corpus-kv.ts';

/** Calls that a Worker may have open at once. */
const MAX_CONCURRENT_WRITES = 6;

/** The binding CORPORA, as publishing needs it. */
export function corporaKv(binding: KVNamespace): WritableCorpusKv {
  // workers-types declares more forms of each call than the storage needs.
  const kv = binding as unknown as WritableCorpusKv;
  return {
    get: kv.get.bind(binding),
    list: kv.list.bind(binding),
    put: kv.put.bind(binding),
    putMany: (entries) =>
      inBatches(entries, ({ key, value, metadata }) =>
        binding.put(key, value, metadata === undefined ? {} : { metadata }),
      ),
    deleteMany: (keys) => inBatches(keys, (key) => binding.delete(key)),
  };
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += MAX_CONCURRENT_WRITES) {
    await Promise.all(items.slice(start, start + MAX_CONCURRENT_WRITES).map(work));
  }
}
