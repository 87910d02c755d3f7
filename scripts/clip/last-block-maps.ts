import type { FloatOutput } from '../../src/clip/towers/onnx-session.ts';
import type { RegionMaps } from '../../src/clip/towers/loaded-tower.ts';
import type { PatchMethod } from '../../src/clip/patches.ts';
import { gradCam } from '../../src/core/regions/grad-cam.ts';
import { gradEclip } from '../../src/core/regions/grad-eclip.ts';
import type { LastBlock, LastBlockWeights } from '../../src/core/regions/last-block.ts';
import { maskClip } from '../../src/core/regions/mask-clip.ts';

/** What a region graph gives besides the tower's own outputs, each [batch, 1 + patches, width] in float32. */
export const BLOCK_OUTPUTS = {
  residual: 'last_block_residual',
  normed: 'last_block_normed',
  query: 'last_block_query',
  key: 'last_block_key',
  value: 'last_block_value',
} as const;

/** Methods that one last block gives. */
export const BLOCK_METHODS = ['GRAD_ECLIP', 'MASKCLIP', 'GRAD_CAM'] as const satisfies readonly PatchMethod[];

export interface LastBlockSource {
  readonly heads: number;
  readonly weights: LastBlockWeights;
}

/** The maps of a vision transformer whose last block is known. @param methods some of `BLOCK_METHODS`, the best first */
export function lastBlockMaps(source: LastBlockSource, methods: readonly PatchMethod[]): RegionMaps {
  const { weights } = source;
  return {
    methods,
    outputs: Object.values(BLOCK_OUTPUTS),
    heat(outputs, { direction, method }) {
      const block = readBlock(source, outputs);
      switch (method) {
        case 'GRAD_ECLIP':
          return gradEclip(block, weights.tail, direction);
        case 'MASKCLIP':
          return maskClip(block, weights.tail, direction);
        case 'GRAD_CAM':
          return gradCam(block, weights, direction);
        case 'SHARES':
        case 'OCCLUSION':
          throw new RangeError(`expected one of ${BLOCK_METHODS.join(', ')}, got ${method}`);
      }
    },
  };
}

/** The last block at one picture. One layer may make query, key and value side by side: then each output holds all three. */
export function readBlock(
  { heads, weights }: LastBlockSource,
  outputs: Readonly<Record<string, FloatOutput>>,
): LastBlock {
  const width = weights.tail.attentionOutput.outputs;
  const part = (name: keyof typeof BLOCK_OUTPUTS, place: number): Float32Array => {
    const { data, dims } = outputs[BLOCK_OUTPUTS[name]];
    return dims[dims.length - 1] === width ? data : thirdOfRows(data, width, place);
  };
  return {
    width,
    heads,
    residual: part('residual', 0),
    normed: part('normed', 0),
    query: part('query', 0),
    key: part('key', 1),
    value: part('value', 2),
  };
}

/** Columns [place·width, (place + 1)·width) of rows of 3·width. */
function thirdOfRows(rows: Float32Array, width: number, place: number): Float32Array {
  const third = new Float32Array(rows.length / 3);
  for (let at = 0; at < third.length; at++) {
    third[at] = rows[Math.floor(at / width) * 3 * width + place * width + (at % width)];
  }
  return third;
}
