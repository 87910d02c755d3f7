import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import * as tasks from './tasks.ts';

type Tasks = typeof tasks;
type TaskName = keyof Tasks;

/** Runs tasks on threads; results come back in the order asked for. */
export interface Pool {
  readonly threads: number;
  /**
   * @param inputs one for each run of the task; arrays that are the same for all are best made with `shared`
   * @param onDone called after each, in the order they end
   * @throws what the task throws
   */
  readonly runAll: <Name extends TaskName>(
    name: Name,
    inputs: readonly Parameters<Tasks[Name]>[0][],
    onDone?: () => void,
  ) => Promise<ReturnType<Tasks[Name]>[]>;
  /** Ends the threads. */
  readonly close: () => Promise<void>;
}

/** @param threads 1 runs everything in this thread, one after the other */
function createPool(threads: number = availableParallelism()): Pool {
  if (threads === 1) return { threads, runAll: runHere, close: async () => undefined };
  const piscina = new Piscina({
    filename: new URL('./tasks.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    // Between two tasks of a command threads stay, with what they have compiled.
    idleTimeout: Infinity,
  });
  return {
    threads,
    runAll: async (name, inputs, onDone) => {
      const runs = inputs.map(async (input) => {
        const result = await piscina.run(input, { name });
        onDone?.();
        return result;
      });
      // After a failure the others are waited for: threads must not be ended while they answer.
      await Promise.allSettled(runs);
      return Promise.all(runs);
    },
    close: () => piscina.destroy(),
  };
}

/** Opens a pool for `use` and ends its threads whatever comes of it. */
export async function withPool<T>(threads: number | undefined, use: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = createPool(threads);
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

const runHere: Pool['runAll'] = async (name, inputs, onDone) => {
  const task: (input: never) => unknown = tasks[name];
  return inputs.map((input) => {
    const result = task(input as never);
    onDone?.();
    return result as ReturnType<Tasks[typeof name]>;
  });
};

type Numbers = Float32Array | Float64Array | Int32Array | Uint32Array;

/** The same numbers in memory that threads read without a copy. */
export function shared(numbers: Float32Array): Float32Array;
export function shared(numbers: Float64Array): Float64Array;
export function shared(numbers: Int32Array): Int32Array;
export function shared(numbers: Uint32Array): Uint32Array;
export function shared(numbers: Float32Array | Float64Array): Float32Array | Float64Array;
export function shared(numbers: Numbers): Numbers {
  const buffer = new SharedArrayBuffer(numbers.byteLength);
  const copy = sameClass(numbers, buffer);
  copy.set(numbers);
  return copy;
}

function sameClass(numbers: Numbers, buffer: SharedArrayBuffer): Numbers {
  if (numbers instanceof Float32Array) return new Float32Array(buffer);
  if (numbers instanceof Float64Array) return new Float64Array(buffer);
  if (numbers instanceof Int32Array) return new Int32Array(buffer);
  return new Uint32Array(buffer);
}

/** Cut [0, count) into at most `parts` ranges of about equal size. */
export function cutRanges(count: number, parts: number): [from: number, to: number][] {
  const used = Math.max(1, Math.min(parts, count));
  return Array.from({ length: used }, (_, part) => [
    Math.floor((part * count) / used),
    Math.floor(((part + 1) * count) / used),
  ]);
}
