import { answerBinding } from './binding-face.ts';
import type { FakeIndex } from './fake-index.ts';

/**
 * The binding of a Worker for tests in Node: it asks as workerd's own class does and fails with the same words; that one itself is run in
 * vectorize-workerd.test.ts.
 */
export function nodeBinding(index: FakeIndex) {
  async function ask(name: string, path: string, body?: string): Promise<unknown> {
    const request = new Request(
      `http://vector-search/${path}`,
      body === undefined ? {} : { method: 'POST', body },
    );
    const response = await answerBinding(index, request);
    if (response.status === 200) return response.json();
    const { code, error } = (await response.json()) as { code: number; error: string };
    throw new Error(`${name}_ERROR (code = ${code}): ${error}`, { cause: new Error(error) });
  }
  const lines = (vectors: readonly object[]): string =>
    vectors
      .map((vector) =>
        JSON.stringify({ ...vector, values: Array.from((vector as { values: ArrayLike<number> }).values) }),
      )
      .join('\n');
  return {
    describe: () => ask('INDEX_GET', 'info'),
    query: (vector: ArrayLike<number>, options: object = {}) =>
      ask('VECTOR_QUERY', 'query', JSON.stringify({ ...options, vector: Array.from(vector) })),
    queryById: (vectorId: string, options: object = {}) =>
      ask('VECTOR_QUERY', 'query', JSON.stringify({ ...options, vectorId })),
    insert: (vectors: readonly object[]) => ask('VECTOR_INSERT', 'insert', lines(vectors)),
    upsert: (vectors: readonly object[]) => ask('VECTOR_UPSERT', 'upsert', lines(vectors)),
    getByIds: (ids: readonly string[]) => ask('VECTOR_GET', 'getByIds', JSON.stringify({ ids })),
    deleteByIds: (ids: readonly string[]) => ask('VECTOR_DELETE', 'deleteByIds', JSON.stringify({ ids })),
  };
}
