import { TEXT_BATCH } from '../../src/clip/towers/text-tower.ts';
import { IMAGE_BATCH } from '../../src/clip/towers/loaded-tower.ts';
import type { PatchHeat } from '../../src/clip/patches.ts';
import { tell } from '../cli/messages.ts';
import { loadEncoder } from '../clip/load-encoder.ts';
import { type Batcher, createBatcher } from './batcher.ts';
import { assertCuda } from './cuda.ts';
import { maxAnswerBytes } from './embed.ts';
import type { Failure, HeatTask, Outcome, ThreadSettings } from './encoder-task.ts';
import { type EncoderThreads, isFailure, startEncoderThreads } from './encoder-threads.ts';
import type { KeyCheck } from './keys.ts';
import { type EncoderMetrics, createMetrics } from './metrics.ts';
import { describeServed } from './served-model.ts';
import { startServer } from './server.ts';
import { planThreads } from './thread-plan.ts';

export interface EncoderOptions extends ThreadSettings {
  readonly port: number;
  readonly host: string;
  readonly maxBatch?: number;
  readonly maxWaitMs: number;
  readonly queue: number;
  readonly maxBodyMb: number;
}

/** Bodies or answers that are held at once, in those of the greatest length. */
const HELD_AT_ONCE = 16;

/**
 * Starts threads and server, and stops them on SIGTERM or Ctrl-C: what has come is answered, then `stopped` settles. A second
 * Ctrl-C ends the process.
 * @throws UserError when the model or the device cannot be used, or the port is taken
 */
export async function runEncoder(
  options: EncoderOptions,
  keys: KeyCheck | null,
): Promise<{ readonly url: string; readonly id: string; readonly stopped: Promise<void> }> {
  for (const signal of SIGNALS) process.on(signal, leaveAtOnce);
  if (options.device === 'cuda') assertCuda();
  const { info } = await loadEncoder(options);
  const { copies, threadsPerRun } = planThreads(options.model, options.threads, options.device);
  const threads = await startEncoderThreads({ ...options, threads: threadsPerRun }, copies);
  const models = await describeServed(info, options.model, threads.patchMethods);
  const metrics = createMetrics(info);
  const open = { count: 0 };
  const waiting = (): number => pictures.waitingRequests + texts.waitingRequests + heats.waitingRequests;
  const gather = <Item>(batches: Batches<Item>): Batcher<Item, Outcome> =>
    createBatcher({
      run: measured(batches, metrics),
      maxBatch: options.maxBatch ?? batches.size,
      maxWaitMs: options.maxWaitMs,
      maxQueued: options.queue,
      concurrency: threads.count,
      expectsMore: () => open.count > waiting(),
    });
  const pictures = gather({ modality: 'image', size: IMAGE_BATCH, encode: threads.encodePictures });
  const texts = gather({ modality: 'text', size: TEXT_BATCH, encode: threads.encodeTexts });
  const heats = createBatcher<HeatTask, PatchHeat | Failure>({
    run: (tasks) => Promise.all(tasks.map(threads.explain)),
    maxBatch: 1,
    maxWaitMs: 0,
    maxQueued: options.queue,
    concurrency: threads.count,
    expectsMore: () => false,
  });
  const server = await startServer({
    ...options,
    keys,
    models,
    metrics,
    maxBodyBytes: options.maxBodyMb * 1e6,
    maxHeldBytes: HELD_AT_ONCE * Math.max(options.maxBodyMb * 1e6, maxAnswerBytes(info)),
    embedder: {
      info,
      maxPixels: options.maxPixels,
      pictures,
      texts,
      heats,
      patchMethods: threads.patchMethods,
    },
    open,
  });
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${server.port}`, id: info.id, stopped: stopOnSignal(server.stop, threads) };
}

interface Batches<Item> {
  readonly modality: 'image' | 'text';
  readonly size: number;
  readonly encode: (items: readonly Item[]) => Promise<Outcome[]>;
}

function measured<Item>(
  { modality, encode }: Batches<Item>,
  metrics: EncoderMetrics,
): (items: readonly Item[]) => Promise<Outcome[]> {
  return async (items) => {
    const started = performance.now();
    const outcomes = await encode(items);
    const failed = outcomes.filter(isFailure).length;
    metrics.noteBatch(modality, items.length, failed, (performance.now() - started) / 1000);
    return outcomes;
  };
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

const SAME_ORDER_MS = 1000;

/** Before it serves, a signal ends the process at once: as the first process of a container it would else not be heard. */
function leaveAtOnce(): void {
  process.exit(0);
}

async function stopOnSignal(stop: () => Promise<void>, threads: EncoderThreads): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of SIGNALS) process.off(signal, leaveAtOnce).on(signal, () => resolve());
  });
  // One order to stop may come several times: to the process group, by npm, and when npm is gone. A second Ctrl-C is another order.
  setTimeout(() => process.on('SIGINT', leaveAtOnce), SAME_ORDER_MS).unref();
  tell('stopping: what has come is answered first');
  await stop();
  await threads.close();
}
