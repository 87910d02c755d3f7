/** What the rival Workers answer: of the shape and about the length in characters of what ours computes. */
export const ALIGNMENT = {
  __typename: 'Alignment',
  cosine: -0.0341234567890123,
  score: 0.123456789012345,
  probability: 0.147635123456789,
  probabilityInterval: [0.1012345678901234, 0.2012345678901234],
  decision: 'MISMATCH',
  selection: '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  encoder: 'bench-encoder',
};

const matrices = new Map<string, number[][]>();

/** A constant matrix, made once a shape. */
export function constantMatrix(rows: number, columns: number): number[][] {
  const key = `${rows}x${columns}`;
  const known = matrices.get(key);
  if (known) return known;
  const made = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => Math.sin(row * columns + column + 1)),
  );
  matrices.set(key, made);
  return made;
}

const packed = new Map<number, string>();

/** `Vector` of so many numbers, made once a count. */
function constantVector(count: number): string {
  const known = packed.get(count);
  if (known !== undefined) return known;
  const numbers = Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1));
  let binary = '';
  for (const byte of new Uint8Array(numbers.buffer)) binary += String.fromCharCode(byte);
  const made = btoa(binary);
  packed.set(count, made);
  return made;
}

/** Root resolvers of constants, for what the benchmarks ask. */
export const constants = {
  align: () => ALIGNMENT,
  alignMatrix(
    _root: unknown,
    args: { readonly images: readonly unknown[]; readonly texts: readonly unknown[] },
  ) {
    const { length: rows } = args.images;
    const { length: columns } = args.texts;
    const lists = (): number[][] => constantMatrix(rows, columns);
    const vector = (): string => constantVector(rows * columns);
    return {
      cosines: lists,
      scores: lists,
      probabilities: lists,
      cosinesPacked: vector,
      scoresPacked: vector,
      probabilitiesPacked: vector,
    };
  },
};
