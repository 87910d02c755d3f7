import { AppError } from '../../errors.ts';
import type { ClipTokenizer, TokenizerFiles } from './clip-tokenizer.ts';
import { lazy } from './lazy.ts';
import { runModel, type OnnxRuntime, type OnnxSession } from './onnx-session.ts';
import type { TextEncoder } from '../text-encoder.ts';
import { toUnitVectors } from '../unit-vectors.ts';

/** What a text tower is made of. */
export interface TextTowerFiles extends TokenizerFiles {
  /** text_model.onnx: input_ids and perhaps attention_mask, int64 [batch, length] -> text_embeds [batch, dim]. */
  readonly model: Uint8Array;
}

/** Texts in one run at most: bounds the activations' memory, which grows with texts times tokens. */
export const TEXT_BATCH = 64;

interface LoadedTower {
  readonly runtime: OnnxRuntime;
  readonly session: OnnxSession;
  readonly tokenizer: ClipTokenizer;
}

/**
 * A text encoder that runs where it is called. Nothing is loaded before the first text comes.
 * @param dim what the encoder is declared to give, checked against what the model gives
 */
export function createTextTower(
  load: () => Promise<{ readonly runtime: OnnxRuntime; readonly files: TextTowerFiles }>,
  dim: number,
): TextEncoder {
  const tower = lazy(async (): Promise<LoadedTower> => {
    // With its parser of JSON and Unicode tables the tokenizer is as large as ONNX Runtime's script: only a text needs it.
    const [{ runtime, files }, { createClipTokenizer }] = await Promise.all([
      load(),
      import('./clip-tokenizer.ts'),
    ]);
    return {
      runtime,
      session: await runtime.createSession(files.model),
      tokenizer: createClipTokenizer(files),
    };
  });
  return {
    async encodeTexts(texts) {
      if (texts.length === 0) return [];
      const loaded = await asEncoderFailure(tower());
      const vectors = new Array<Float32Array>(texts.length);
      for (const run of planRuns(loaded.tokenizer, texts)) {
        const together = run.map((index) => texts[index]);
        const encoded = await asEncoderFailure(encodeBatch(loaded, together, dim));
        run.forEach((index, i) => (vectors[index] = encoded[i]));
      }
      return vectors;
    },
  };
}

/**
 * Which texts run together, by index. All of them, if they fit; else those of like length, because every text of a run is padded to
 * its longest and takes the time of that.
 */
function planRuns(tokenizer: ClipTokenizer, texts: readonly string[]): number[][] {
  const order = texts.map((_, index) => index);
  if (texts.length > TEXT_BATCH) {
    const lengths = texts.map((text) => Math.min(tokenizer.countTokens(text), tokenizer.maxTokens));
    order.sort((a, b) => lengths[a] - lengths[b]);
  }
  const runs: number[][] = [];
  for (let from = 0; from < order.length; from += TEXT_BATCH) runs.push(order.slice(from, from + TEXT_BATCH));
  return runs;
}

async function encodeBatch(
  tower: LoadedTower,
  texts: readonly string[],
  dim: number,
): Promise<Float32Array[]> {
  const tokens = tower.tokenizer.encode(texts);
  const dims = [tokens.count, tokens.length];
  const inputs = {
    input_ids: { data: tokens.inputIds, dims },
    attention_mask: { data: tokens.attentionMask, dims },
  };
  const output = await runModel(tower.runtime, tower.session, inputs, 'text_embeds');
  checkDims(output.dims, texts.length, dim);
  return toUnitVectors(output.data, texts.length, dim);
}

/** @throws AppError ENCODER_FAILED when a tower's output is not [count, dim] */
export function checkDims(dims: readonly number[], count: number, dim: number): void {
  if (dims.length === 2 && dims[0] === count && dims[1] === dim) return;
  throw new AppError(
    'ENCODER_FAILED',
    `The model gave an output of shape [${dims.join(', ')}], expected [${count}, ${dim}]`,
  );
}

/** ONNX Runtime throws plain errors; the caller learns that the encoder failed, and the cause is kept for the log. */
export async function asEncoderFailure<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError) throw error;
    console.error('The encoder could not run:', error);
    throw new AppError('ENCODER_FAILED', 'The encoder could not run; the log has the cause', {
      cause: error,
    });
  }
}
