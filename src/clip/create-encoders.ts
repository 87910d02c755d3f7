import { AppError } from '../errors.ts';
import { createCircuitBreaker } from './remote/circuit-breaker.ts';
import type { AiBinding, AiModel } from './ai/client.ts';
import { createAiImageEncoder } from './ai/image-encoder.ts';
import { createAiTextEncoder } from './ai/text-encoder.ts';
import { realTiming } from './remote/timing.ts';
import { bundledEncoder } from './towers/bundled-encoder.ts';
import { readEncoderConfig } from './config.ts';
import type { EncoderInfo } from './encoder-info.ts';
import type { ImageEncoder } from './image-encoder.ts';
import { readLogitScale } from './logit-scale.ts';
import type { RequestTextEncoder, TextEncoder } from './text-encoder.ts';
import { createTextTower } from './towers/text-tower.ts';

export interface Encoders {
  readonly info: EncoderInfo;
  readonly text: RequestTextEncoder;
  /** Where texts are encoded: in this Worker, or behind `AI`. */
  readonly textRoute: 'worker' | 'ai';
  readonly images: ImageEncoder;
  /** Factor on cosines before a softmax over labels, see `readLogitScale`. */
  readonly logitScale: number;
}

let textTower: TextEncoder | null = null;

/**
 * The encoders of this deployment, as its variables say (see `readEncoderConfig`): pictures behind `AI`, texts in this Worker or
 * behind `AI`. Cheap: towers load with the first text, once an isolate.
 * @param env the Worker's env: the `AI` binding and the variables
 * @throws AppError INTERNAL when a variable is wrong or the binding is missing
 */
export function createEncoders(env: object): Encoders {
  const { info, textRoute, ai } = readEncoderConfig(env, bundledEncoder);
  // One breaker for pictures and texts: it is the same model.
  const model: AiModel = {
    binding: readBinding(env),
    model: ai.model,
    breaker: createCircuitBreaker(realTiming),
    timing: realTiming,
  };
  return {
    info,
    text: textRoute === 'ai' ? createAiTextEncoder(model, ai, info.dim) : sharedTextTower(),
    textRoute,
    images: createAiImageEncoder(model, ai, info.dim),
    logitScale: readLogitScale(env, info.id),
  };
}

function sharedTextTower(): TextEncoder {
  textTower ??= createTextTower(async () => {
    const [{ workerdOnnx }, { bundledTextModel }] = await Promise.all([
      import('./towers/workerd-onnx.ts'),
      import('./towers/bundled-text-model.ts'),
    ]);
    return { runtime: workerdOnnx, files: bundledTextModel };
  }, bundledEncoder.dim);
  return textTower;
}

function readBinding(env: object): AiBinding {
  const binding: unknown = (env as { readonly AI?: unknown }).AI;
  if (typeof binding === 'object' && binding !== null && 'run' in binding) return binding as AiBinding;
  if (typeof binding === 'function') return binding as unknown as AiBinding;
  throw new AppError(
    'INTERNAL',
    'The binding AI is missing: wrangler.toml needs [ai] binding = "AI", or a service bound as AI',
  );
}
