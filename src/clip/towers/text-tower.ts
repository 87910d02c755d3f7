import { AppError } from '../../errors.ts';
import type { TextTokenizer, TokenizerFiles } from './text-tokenizer.ts';
import { lazy } from '../lazy.ts';
import { fixedDimension, runModel } from './onnx-session.ts';
import type { ExternalData, NamedTensor, OnnxRuntime, OnnxSession } from './onnx-session.ts';
import { readModelConfig, type ModelFamily } from '../model-family.ts';
import type { TextEncoder } from '../text-encoder.ts';
import { toUnitVectors } from '../unit-vectors.ts';

/** What a text tower is made of. */
export interface TextTowerFiles extends TokenizerFiles {
  /** text_model.onnx: input_ids and perhaps attention_mask, int64 [batch, length] -> what the family calls it, [batch, dim]. */
  readonly model: Uint8Array;
  /** Left out: the weights are in the model. */
  readonly externalData?: readonly ExternalData[];
}

/** Texts in one run at most: bounds the activations' memory, which grows with texts times tokens. */
export const TEXT_BATCH = 64;

interface LoadedTower {
  readonly runtime: OnnxRuntime;
  readonly session: OnnxSession;
  readonly tokenizer: TextTokenizer;
  readonly family: ModelFamily;
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
    const [{ runtime, files }, { createTextTokenizer }] = await Promise.all([
      load(),
      import('./text-tokenizer.ts'),
    ]);
    const { family } = readModelConfig(files.config);
    const session = await runtime.createSession(files.model, files.externalData);
    const tokenizer = createTextTokenizer(files, fixedDimension(session, 'input_ids', 1));
    return { runtime, session, tokenizer, family };
  });
  return {
    async encodeTexts(texts) {
      if (texts.length === 0) return [];
      const loaded = await asEncoderFailure(tower());
      const { texts: together, run } = loaded.runtime.pieces ?? WHOLE;
      const rows = await tokenizeAll(loaded, texts, (text) => loaded.tokenizer.tokenize(text));
      const vectors = new Array<Float32Array>(texts.length);
      for (const indices of planRuns(rows, together)) {
        const tokens = indices.map((index) => rows[index]);
        const encoded = await asEncoderFailure(run(() => encodeTokens(loaded, tokens, dim)));
        indices.forEach((index, i) => (vectors[index] = encoded[i]));
      }
      return vectors;
    },
    async truncates(texts) {
      if (texts.length === 0) return [];
      const loaded = await asEncoderFailure(tower());
      const { maxTokens, tokenizeWhole } = loaded.tokenizer;
      return tokenizeAll(loaded, texts, (text) => tokenizeWhole(text).length > maxTokens);
    },
  };
}

type Tokens = readonly number[];

const WHOLE = {
  texts: TEXT_BATCH,
  run: async <T>(work: () => T | Promise<T>): Promise<T> => work(),
};

/** Longest texts tokenize in half a millisecond. */
const TOKENIZED_AT_ONCE = 64;

/** What `tokenize` makes of every text, in order. */
async function tokenizeAll<Result>(
  { runtime }: LoadedTower,
  texts: readonly string[],
  tokenize: (text: string) => Result,
): Promise<Result[]> {
  const { run } = runtime.pieces ?? WHOLE;
  const results: Result[] = [];
  for (let from = 0; from < texts.length; from += TOKENIZED_AT_ONCE) {
    const part = texts.slice(from, from + TOKENIZED_AT_ONCE);
    results.push(...(await run(() => part.map(tokenize))));
  }
  return results;
}

/**
 * Which texts run together, by index. All of them, if they fit; else those of like length, because every text of a run is padded to
 * its longest and takes the time of that.
 */
function planRuns(rows: readonly Tokens[], together: number): number[][] {
  const order = rows.map((_, index) => index);
  if (rows.length > together) order.sort((a, b) => rows[a].length - rows[b].length);
  const runs: number[][] = [];
  for (let from = 0; from < order.length; from += together) runs.push(order.slice(from, from + together));
  return runs;
}

async function encodeTokens(
  { tokenizer, runtime, session, family }: LoadedTower,
  rows: readonly Tokens[],
  dim: number,
): Promise<Float32Array[]> {
  const tokens = tokenizer.pad(rows);
  const dims = [tokens.count, tokens.length];
  const inputs = {
    input_ids: { data: tokens.inputIds, dims },
    attention_mask: { data: tokens.attentionMask, dims },
    ...(family.mayBeJoint ? { pixel_values: noPictures(session) } : {}),
  };
  const output = await runModel(runtime, session, inputs, family.textOutputs);
  checkDims(output.dims, rows.length, dim);
  return toUnitVectors(output.data, rows.length, dim);
}

/** A graph of both towers wants pictures too: none of them costs nothing. */
function noPictures(session: OnnxSession): NamedTensor {
  const side = (dimension: number): number => fixedDimension(session, 'pixel_values', dimension) ?? 1;
  return { data: new Float32Array(0), dims: [0, 3, side(2), side(3)] };
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
