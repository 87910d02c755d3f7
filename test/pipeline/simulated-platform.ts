import { createHash } from 'node:crypto';
import type { R2Bucket } from '@cloudflare/workers-types';
import { vi } from 'vitest';
import { encodePng } from '../../src/clip/images/encode-png.ts';
import { bundledEncoder } from '../../src/clip/towers/bundled-encoder.ts';
import { createRandom } from '../../src/core/random.ts';
import { consumeDeadTasks, consumeTasks } from '../../src/pipeline/consume.ts';
import { instanceId } from '../../src/pipeline/run-description.ts';
import { readState } from '../../src/pipeline/run-state.ts';
import { resumeRun, startRun } from '../../src/pipeline/runs.ts';
import { memoryBucket } from './memory-bucket.ts';

/**
 * What befalls one call of R2, KV, the queue or the Workflows: it is refused, or done without an answer, or the program that made it is
 * gone, or meanwhile somebody resumes the run, and the instance that leads it is not ended.
 */
export type Fault = 'refused' | 'unanswered' | 'killed' | 'overtaken';

export interface SimulatedFault {
  /** Of all calls of the run, from 0; -1 for none. */
  readonly at: number;
  readonly fault: Fault;
  /** Of the order that messages come in, and of which come twice; null where they come in order, once. */
  readonly seed: number | null;
}

export interface SimulatedOutcome {
  readonly phase: string;
  readonly error: string | null;
  /** Of the record. */
  readonly id: string | null;
  /** Keys of KV. */
  readonly published: readonly string[];
  readonly calls: number;
  readonly resumptions: number;
  /** What is in the bucket of runs, besides notes of what failed and when. */
  readonly keys: readonly string[];
}

class Killed extends Error {}

/** Counts calls and lets one of them fail. */
class Calls {
  count = 0;
  readonly #at: number;
  readonly #fault: Fault;
  /** Of the program at work. */
  isKilled = false;
  overtake: () => Promise<unknown> = () => Promise.resolve();

  constructor({ at, fault }: Pick<SimulatedFault, 'at' | 'fault'>) {
    this.#at = at;
    this.#fault = fault;
  }

  wrap<T extends object>(target: T, names: readonly (keyof T)[]): T {
    for (const name of names) {
      const call = (target[name] as (...args: unknown[]) => Promise<unknown>).bind(target);
      (target as Record<keyof T, unknown>)[name] = async (...args: unknown[]) => {
        if (this.isKilled) throw new Killed('there is no program any more');
        if (this.count++ !== this.#at) return call(...args);
        if (this.#fault === 'overtaken') {
          await this.overtake();
          return call(...args);
        }
        if (this.#fault === 'unanswered') await call(...args);
        if (this.#fault === 'killed') {
          this.isKilled = true;
          throw new Killed(`killed at call ${this.#at}`);
        }
        throw new Error(`call ${this.#at}, ${String(name)} ${String(args[0]).slice(0, 60)}, has failed`);
      };
    }
    return target;
  }
}

interface Delivered {
  readonly body: unknown;
  attempts: number;
}

const { dim: DIM } = bundledEncoder;
const MAX_DELIVERIES = 6;
const STEP_TRIES = 8;
const PAIRS = 12;
/** Three shards of two parts, of which some pairs are sampled: a run of all phases. */
const REQUEST = {
  dataset: 'r2://alignql-datasets/set',
  selection: 'made',
  corpus: 'made',
  strategy: 'variance',
  strategies: ['variance'],
  k: 8,
  ks: [],
  fusion: 'identity',
  folds: 2,
  sample: 8,
  pairsPerPart: 2,
  pairsPerShard: 4,
};

type WorkflowClass = new (
  ctx: unknown,
  env: PipelineEnv,
) => { run(event: object, step: object): Promise<void> };

/** A whole run, Workflow and all, in memory, until it is complete; one that fails is resumed. */
export async function simulateRun(Workflow: WorkflowClass, fault: SimulatedFault): Promise<SimulatedOutcome> {
  const calls = new Calls(fault);
  const random = fault.seed === null ? null : createRandom(fault.seed);
  const [runs, datasets] = [memoryBucket(), memoryBucket()];
  await fillDataset(datasets.bucket);
  const methods = ['get', 'put', 'head', 'list', 'delete'] as const;
  calls.wrap(runs.bucket, methods);
  calls.wrap(datasets.bucket, methods);
  const [selections, corpora] = [memoryKv(), memoryKv()];
  for (const { kv } of [selections, corpora]) {
    calls.wrap(kv, ['get', 'getWithMetadata', 'put', 'list', 'delete']);
  }
  const queue: Delivered[] = [];
  const dead: Delivered[] = [];
  const push = (body: unknown): void => {
    const times = random !== null && random.nextInt(4) === 0 ? 2 : 1;
    for (let i = 0; i < times; i++) queue.push({ body: structuredClone(body), attempts: 0 });
  };
  const tasks = calls.wrap(
    {
      sendBatch: (messages: readonly { readonly body: unknown }[]) => {
        for (const { body } of messages) push(body);
        return Promise.resolve();
      },
    },
    ['sendBatch'],
  );
  const instances = new Map<string, Instance>();
  const pipeline = calls.wrap(
    {
      create: ({ id, params }: { readonly id: string; readonly params: object }) => {
        if (instances.has(id)) return Promise.reject(new Error('instance.already_exists'));
        instances.set(id, { id, params, status: 'running', steps: new Map() });
        return Promise.resolve();
      },
      get: (id: string) => {
        const instance = instances.get(id);
        if (instance === undefined) return Promise.reject(new Error('instance.not_found'));
        return Promise.resolve({
          status: () => Promise.resolve({ status: instance.status }),
          // It goes on to its next step all the same.
          terminate: () => Promise.resolve((instance.status = 'terminated')),
        });
      },
    },
    ['create', 'get'],
  );
  const env = {
    RUNS: runs.bucket,
    DATASETS: datasets.bucket,
    SELECTIONS: selections.kv,
    CORPORA: corpora.kv,
    DATASET_BUCKET: 'alignql-datasets',
    TEXT_ROUTE: 'ai',
    AI: { run: encode },
    TASKS: tasks,
    PIPELINE: pipeline,
  } as unknown as PipelineEnv;

  /** One invocation of a consumer a message, until none is left. */
  const drain = async (): Promise<void> => {
    for (;;) {
      const [from, consume] = queue.length > 0 ? [queue, consumeTasks] : [dead, consumeDeadTasks];
      if (from.length === 0) return;
      const [message] = from.splice(random === null ? 0 : random.nextInt(Math.min(from.length, 6)), 1);
      message.attempts++;
      let isDone = false;
      const delivery = {
        id: '',
        ...message,
        ack: () => (isDone = true),
        retry: () => (isDone = false),
      };
      calls.isKilled = false;
      await consume({ messages: [delivery] } as unknown as MessageBatch, env).catch(() => (isDone = false));
      if (calls.isKilled) isDone = false;
      calls.isKilled = false;
      if (isDone) continue;
      if (message.attempts < MAX_DELIVERIES) from.push(message);
      else if (from === queue) dead.push({ ...message, attempts: 0 });
    }
  };

  /** The engine: what a step gave is kept, and an instance that is gone begins anew with it. */
  const lead = async (instance: Instance): Promise<void> => {
    const step = {
      do: async (name: string, _: object, work: () => Promise<unknown>) => {
        if (instance.steps.has(name)) return structuredClone(instance.steps.get(name));
        for (let left = STEP_TRIES - 1; ; left--) {
          try {
            const result = await work();
            if (calls.isKilled) throw new Killed('before the result was kept');
            instance.steps.set(name, structuredClone(result));
            return result;
          } catch (error) {
            if (calls.isKilled || left === 0 || (error as Error).name === 'NonRetryableError') throw error;
          }
        }
      },
      sleep: async (name: string) => {
        if (instance.steps.has(name)) return;
        instance.steps.set(name, null);
        await drain();
      },
    };
    for (;;) {
      calls.isKilled = false;
      try {
        await new Workflow(null, env).run({ payload: instance.params, instanceId: instance.id }, step);
        instance.status = 'complete';
        return;
      } catch {
        if (calls.isKilled) continue;
        instance.status = 'errored';
        return;
      }
    }
  };

  const patiently = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (;;) {
      calls.isKilled = false;
      try {
        return await ask();
      } catch {
        // As a person does, and one fault is all there is.
      }
    }
  };
  calls.overtake = async () => {
    const [run] = runs.keys().filter((key) => key.endsWith('/run.json'));
    if (run !== undefined) await resumeRun(env, run.split('/')[1]);
  };
  const { status } = await patiently(() => startRun(env, REQUEST));
  const { id } = status;
  let resumptions = 0;
  for (;;) {
    const own = (await patiently(() => readState(runs.bucket, id))).attempt ?? 1;
    const instance = instances.get(instanceId(id, own));
    if (instance?.status === 'running') {
      await lead(instance);
      continue;
    }
    const { phase, error, result } = await patiently(() => readState(runs.bucket, id));
    if (phase === 'complete' || resumptions === 3) {
      await drain();
      return {
        phase,
        error,
        id: result?.id ?? null,
        published: [...selections.keys(), ...corpora.keys()],
        calls: calls.count,
        resumptions,
        keys: runs.keys().filter((key) => !/\/(failures\/|heartbeat)/.test(key)),
      };
    }
    resumptions++;
    await patiently(() => resumeRun(env, id));
  }
}

interface Instance {
  readonly id: string;
  readonly params: object;
  status: 'running' | 'errored' | 'terminated' | 'complete';
  /** What each step has given. */
  readonly steps: Map<string, unknown>;
}

async function fillDataset(bucket: R2Bucket): Promise<void> {
  const lines = ['image,caption'];
  for (let i = 0; i < PAIRS; i++) {
    const data = Uint8Array.from({ length: 12 }, (_, at) => (i * 20 + at * 7) % 256);
    await bucket.put(`set/${i}.png`, await encodePng({ width: 2, height: 2, data }));
    lines.push(`${i}.png,picture number ${i}`);
  }
  await bucket.put('set/captions.csv', lines.join('\n'));
}

/** A vector for every picture or text, by its hash. */
function encode(_: string, inputs: { readonly image?: unknown; readonly text?: unknown }): Promise<unknown> {
  const given = inputs.image ?? inputs.text;
  const items = Array.isArray(given) ? given : [given];
  const data = items.map((item) => {
    const seed = createHash('sha256').update(JSON.stringify(item)).digest().readUInt32LE();
    const random = createRandom(seed);
    const vector = Array.from({ length: DIM }, () => random.nextInt(2001) - 1000);
    const norm = Math.hypot(...vector);
    return vector.map((value) => value / norm);
  });
  return Promise.resolve({ data, shape: [data.length, DIM] });
}

/** As much of KV as publishing takes. */
function memoryKv() {
  const values = new Map<string, { readonly bytes: Uint8Array<ArrayBuffer>; readonly metadata: unknown }>();
  const kv = {
    get: (key: string) => Promise.resolve(values.get(key)?.bytes.slice().buffer ?? null),
    getWithMetadata: (key: string) => {
      const stored = values.get(key);
      return Promise.resolve({
        value: stored?.bytes.slice().buffer ?? null,
        metadata: stored?.metadata ?? null,
      });
    },
    put: async (
      key: string,
      value: string | Uint8Array<ArrayBuffer>,
      options: { metadata?: unknown } = {},
    ) => {
      const bytes = new Uint8Array(await new Blob([value]).arrayBuffer());
      values.set(key, { bytes, metadata: options.metadata ?? null });
    },
    delete: (key: string) => Promise.resolve(void values.delete(key)),
    list: ({ prefix }: { readonly prefix: string }) => {
      const keys = [...values]
        .filter(([key]) => key.startsWith(prefix))
        .map(([name, { metadata }]) => ({ name, metadata }));
      return Promise.resolve({ keys, list_complete: true });
    },
  };
  return { kv, keys: () => [...values.keys()].sort() };
}

/** Pauses between tries of one call pass at once; the encoder's own time limits stay. */
export function passPauses(): void {
  const { setTimeout: real } = globalThis;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms = 0) =>
    real(work, ms >= 1_000 && ms <= 1_100 ? 0 : ms)) as typeof setTimeout);
}
