import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LastBlock, LastBlockWeights } from '../../../src/core/regions/last-block.ts';
import type { Activation, LayerNorm, Linear } from '../../../src/core/regions/transformer-block.ts';

/** A last block of random weights, and what PyTorch's autograd says of it (test/fixtures/vision-transformers). */
export interface FixtureBlock {
  readonly block: LastBlock;
  readonly weights: LastBlockWeights;
  readonly direction: Float32Array;
  readonly maps: Readonly<
    Record<'embedding' | 'gradient' | 'gradEclip' | 'maskClip' | 'gradCam', readonly number[]>
  >;
}

interface StoredLinear {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: string;
  readonly bias: string | null;
}

interface StoredNorm {
  readonly scale: string;
  readonly shift: string;
  readonly epsilon: number;
}

type StoredBlock = Record<'residual' | 'normed' | 'query' | 'key' | 'value' | 'direction', string> & {
  readonly width: number;
  readonly heads: number;
  readonly weights: {
    readonly tail: Record<'attentionOutput' | 'mlpIn' | 'mlpOut' | 'projection', StoredLinear> &
      Record<'mlpNorm' | 'finalNorm', StoredNorm> & { readonly activation: Activation };
    readonly key: StoredLinear;
    readonly value: StoredLinear;
  };
  readonly maps: FixtureBlock['maps'];
};

export function readLastBlocks(): FixtureBlock[] {
  const file = path.resolve(import.meta.dirname, '../../fixtures/vision-transformers/last-blocks.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as StoredBlock[]).map((stored) => ({
    block: {
      width: stored.width,
      heads: stored.heads,
      residual: floats(stored.residual),
      normed: floats(stored.normed),
      query: floats(stored.query),
      key: floats(stored.key),
      value: floats(stored.value),
    },
    weights: {
      tail: {
        attentionOutput: linear(stored.weights.tail.attentionOutput),
        mlpNorm: norm(stored.weights.tail.mlpNorm),
        mlpIn: linear(stored.weights.tail.mlpIn),
        activation: stored.weights.tail.activation,
        mlpOut: linear(stored.weights.tail.mlpOut),
        finalNorm: norm(stored.weights.tail.finalNorm),
        projection: linear(stored.weights.tail.projection),
      },
      key: linear(stored.weights.key),
      value: linear(stored.weights.value),
    },
    direction: floats(stored.direction),
    maps: stored.maps,
  }));
}

function linear({ weight, bias, ...shape }: StoredLinear): Linear {
  return { ...shape, weight: floats(weight), bias: bias === null ? null : floats(bias) };
}

function norm({ scale, shift, epsilon }: StoredNorm): LayerNorm {
  return { scale: floats(scale), shift: floats(shift), epsilon };
}

function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}
