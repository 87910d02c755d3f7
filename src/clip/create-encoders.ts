import { AppError } from '../errors.ts';
import type { AiBinding, AiModel } from './ai/client.ts';
import { createAiImageEncoder } from './ai/image-encoder.ts';
import { createAiTextEncoder } from './ai/text-encoder.ts';
import { type EncoderConfig, readEncoderConfig, type RouteName } from './config.ts';
import { describeRoutes } from './describe-routes.ts';
import type { EncoderInfo, Logits } from './encoder-info.ts';
import { assertSameModel } from './http/describe-peer.ts';
import type { HttpPeer } from './http/http-client.ts';
import { createHttpEncoder } from './http/http-encoder.ts';
import type { HttpRoute } from './http/http-route.ts';
import type { ImageEncoder } from './image-encoder.ts';
import { readLogits } from './logit-scale.ts';
import { createCircuitBreaker } from './remote/circuit-breaker.ts';
import { realTiming } from './remote/timing.ts';
import type { RequestTextEncoder, TextEncoder } from './text-encoder.ts';
import { bundledEncoder } from './towers/bundled-encoder.ts';
import { createTextTower } from './towers/text-tower.ts';

export interface Encoders {
  readonly info: EncoderInfo;
  readonly text: RequestTextEncoder;
  readonly textRoute: RouteName;
  readonly images: ImageEncoder;
  readonly imageRoute: RouteName;
  /** Both routes in words, for the operator. */
  readonly description: string;
  /** That the model elsewhere is still the one that is configured, where it can be asked. @throws EncoderFailure */
  readonly verify: () => Promise<void>;
  readonly logits: Logits;
}

let textTower: TextEncoder | null = null;

/**
 * The encoders of this deployment, as its variables say (see `readEncoderConfig`): pictures behind `AI` or HTTP, texts in this Worker or
 * behind `AI` or HTTP. Cheap: towers load with the first text, once an isolate.
 * @param env the Worker's env: the `AI` binding where it is used, variables and secrets
 * @throws AppError INTERNAL when a variable is wrong or the binding is missing
 */
export function createEncoders(env: object): Encoders {
  const config = readEncoderConfig(env, bundledEncoder);
  const { info, imageRoute, textRoute } = config;
  const ways = openWays(env, config);
  return {
    info,
    text: textRoute === 'worker' ? sharedTextTower() : ways[textRoute]().text,
    textRoute,
    images: ways[imageRoute]().images,
    imageRoute,
    description: describeRoutes(config),
    verify: async () => {
      const { http, peerFingerprint } = config;
      if (http !== null && peerFingerprint !== null) await assertSameModel(openPeer(http), peerFingerprint);
    },
    logits: readLogits(env, info.id),
  };
}

type Way = Pick<Encoders, 'text' | 'images'>;

/** One model, and so one breaker, for pictures and texts of one way. */
function openWays(env: object, { info, ai, http }: EncoderConfig): Record<'ai' | 'http', () => Way> {
  let aiModel: AiModel | undefined;
  let overHttp: Way | undefined;
  return {
    ai() {
      aiModel ??= {
        binding: readBinding(env),
        model: ai.model,
        breaker: createCircuitBreaker(realTiming),
        timing: realTiming,
      };
      return {
        text: createAiTextEncoder(aiModel, ai, info.dim),
        images: createAiImageEncoder(aiModel, ai, info.dim),
      };
    },
    http() {
      if (http === null) throw new Error('no route over HTTP was read');
      return (overHttp ??= createHttpEncoder(openPeer(http), info.dim));
    },
  };
}

function openPeer(route: HttpRoute): HttpPeer {
  return {
    route,
    // That of a Worker may only be called as a function of its own.
    fetch: (url, init) => fetch(url, init),
    report: (line) => console.error(line),
    breaker: createCircuitBreaker(realTiming),
    timing: realTiming,
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
