import { describe, expect, it } from 'vitest';
import { leastLength } from '../../src/graphql/plugins/answer-size.ts';
import { LIMITS } from '../../src/use-cases/limits.ts';
import { ask } from './setup.ts';

/** Errors of all given embeddings in each of `roots` fields, each told so often under a name of 200 characters. */
function manyErrors(roots: number, times: number): string {
  const told = Array.from({ length: times }, (_, i) => `${`m${i}_`.padEnd(200, 'm')}: message`).join(' ');
  const fields = Array.from(
    { length: roots },
    (_, i) => `f${i}: embedImages(images: $images) { ... on ItemError { ${told} } }`,
  );
  return `query ($images: [ImageInput!]!) { ${fields.join(' ')} }`;
}

describe('an answer', () => {
  const images = Array.from({ length: LIMITS.images }, () => ({
    embedding: { vector: 'AAAA', encoder: 'none' },
  }));

  it('that would be too long is refused as a whole, and small itself', async () => {
    const { status, data, errors, ...rest } = await ask(manyErrors(8, 24), { images });
    expect({ status, data, errors }).toMatchObject({
      status: 400,
      errors: [
        {
          message: `Expected an answer of at most ${LIMITS.answerCharacters} characters, got more: ask for less at once.`,
          extensions: { code: 'LIMIT_EXCEEDED', retryable: false },
        },
      ],
    });
    expect(data).toBeUndefined();
    expect(rest).toMatchObject({ extensions: { cost: { allowed: 6000 } } });
  });

  it('within the limit is whole, and is named by its request where an item failed', async () => {
    const { status, data, ...rest } = await ask(manyErrors(1, 2), { images });
    expect(status).toBe(200);
    expect(data.f0).toHaveLength(LIMITS.images);
    expect(rest).toMatchObject({ extensions: { requestId: expect.any(String) as unknown } });
    const fine = await ask('{ limits { answerCharacters } }');
    expect(fine.data.limits).toEqual({ answerCharacters: LIMITS.answerCharacters });
    expect(fine).not.toHaveProperty('extensions.requestId');
  });
});

describe('leastLength', () => {
  it.each([
    null,
    'a "quoted" text',
    [1.5, 2, 3],
    [],
    {},
    { a: 1, b: [null, true, { c: 'x' }], d: [[1, 2], [3.25]] },
    [{ code: 'BAD_INPUT', message: 'no' }],
  ])('is at most what JSON takes, and near it: %j', (value) => {
    const length = JSON.stringify(value).length;
    const least = leastLength(value, 1_000);
    expect(least).toBeLessThanOrEqual(length);
    expect(least).toBeGreaterThan(length / 5);
  });

  it('counts no further than it must', () => {
    let read = 0;
    const list = Array.from({ length: 1000 }, () => ({
      get text() {
        read += 1;
        return 'x'.repeat(100);
      },
    }));
    expect(leastLength(list, 1_000)).toBeGreaterThan(1_000);
    expect(read).toBeLessThan(20);
  });
});
