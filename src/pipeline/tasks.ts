import * as v from 'valibot';

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const number = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Of which run, and which of its attempts has sent it; messages of before do not say. */
const common = { run: hash, attempt: v.exactOptional(number) };
const ofShard = { ...common, shard: number, hash };

const taskSchema = v.variant('kind', [
  v.object({ kind: v.literal('index'), ...common, input: number }),
  v.object({ kind: v.literal('encode'), ...ofShard, part: number, page: hash, parts: number }),
  v.object({ kind: v.literal('assemble'), ...ofShard, parts: number }),
  v.object({ kind: v.literal('sample'), ...ofShard, bound: v.number() }),
  v.object({ kind: v.literal('sum'), ...ofShard }),
]);

/** A message of the queue: what to do, never the data. Its result is named by what it is made of. */
export type Task = v.InferOutput<typeof taskSchema>;

/** @throws Error for another message */
export function parseTask(value: unknown): Task {
  return v.parse(taskSchema, value);
}

/** Its name in keys: equal for equal tasks of a run. */
export function taskName(task: Task): string {
  switch (task.kind) {
    case 'index':
      return taskNames.unit('index', task.input);
    case 'encode':
      return taskNames.encode(task.shard, task.part);
    case 'assemble':
    case 'sample':
    case 'sum':
      return taskNames.unit(task.kind, task.shard);
  }
}

export const taskNames = {
  encode: (shard: number, part: number) => `encode-${shard}-${part}`,
  /** Of a task that makes an input or a shard as a whole. */
  unit: (kind: Exclude<Task['kind'], 'encode'>, unit: number) => `${kind}-${unit}`,
} as const;

/** Of a name: which kind of task, of which input or shard. */
export function readTaskName(name: string): { readonly kind: string; readonly unit: number } {
  const [kind, unit] = name.split('-');
  return { kind, unit: Number(unit) };
}

/** For a person. */
export function describeTask(task: Task): string {
  switch (task.kind) {
    case 'index':
      return `index input ${task.input}`;
    case 'encode':
      return `encode shard ${task.shard}, part ${task.part}`;
    case 'assemble':
    case 'sample':
    case 'sum':
      return `${task.kind} shard ${task.shard}`;
  }
}
