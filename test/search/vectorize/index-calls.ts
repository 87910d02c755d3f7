import type { VectorizeIndex } from '../../../src/search/vectorize/vectorize-calls.ts';
import type { FakeIndex } from './fake-index.ts';

/** Vectors of one request of the REST API. */
const MAX_BATCH = 5000;
/** Small, so that there is more than one. */
const LIST_PAGE = 2;

/** Calls as the REST API takes them, without the way there. */
export function callsOf(fake: FakeIndex, listPage = LIST_PAGE): VectorizeIndex {
  return {
    name: fake.name,
    upsert: async (rows) => {
      const sent = rows.map((row) => ({ ...row, values: Array.from(row.values) }));
      return fake.upsert(sent, MAX_BATCH);
    },
    deleteByIds: async (ids) => fake.deleteByIds(ids),
    getByIds: async (ids) => fake.getByIds(ids),
    query: async (vector, options) => fake.query([...vector], options),
    describe: async () => {
      const { dimensions, vectorCount, processedUpToMutation } = fake.info();
      return { dimensions: Number(dimensions), vectorCount: Number(vectorCount), processedUpToMutation };
    },
    config: async () => fake.config,
    metadataIndexes: async () => fake.metadataIndexes(),
    createMetadataIndex: async (name, type) => void fake.createMetadataIndex(name, type),
    async *listIds() {
      for (let cursor: string | null = null; ;) {
        const page = fake.list(listPage, cursor) as { vectors: { id: string }[]; nextCursor: string | null };
        yield page.vectors.map(({ id }) => id);
        if (page.nextCursor === null) return;
        cursor = page.nextCursor;
      }
    },
  };
}
