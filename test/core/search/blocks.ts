import { createRandom } from '../../../src/core/random.ts';
import { payloadBytes, type BlockShape } from '../../../src/core/search/scan-memory.ts';

export interface Block {
  readonly shape: BlockShape;
  readonly columns: readonly Float32Array[];
  readonly vectors: Int8Array;
}

/** Seeded numbers; bytes of the whole range, -128 included, as a block from outside may hold them. */
export function randomBlock(shape: BlockShape, seed: number): Block {
  const random = createRandom(seed);
  return {
    shape,
    columns: Array.from({ length: shape.columns }, () =>
      Float32Array.from({ length: shape.count }, () => random.nextGaussian()),
    ),
    vectors: Int8Array.from({ length: shape.count * shape.dim }, () => random.nextInt(256) - 128),
  };
}

/** The bytes of a block, written number by number. @param offset where in its buffer the payload begins */
export function payloadOf({ shape, columns, vectors }: Block, offset = 0): Uint8Array {
  const bytes = payloadBytes(shape);
  const view = new DataView(new ArrayBuffer(offset + bytes), offset);
  let at = 0;
  for (const column of columns) for (const value of column) view.setFloat32((at += 4) - 4, value, true);
  for (const value of vectors) view.setInt8(at++, value);
  return new Uint8Array(view.buffer, offset, bytes);
}
