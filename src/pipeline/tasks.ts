import * as v from 'valibot';

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const number = v.pipe(v.number(), v.integer(), v.minValue(0));

const taskSchema = v.variant('kind', [
  v.object({ kind: v.literal('index'), run: hash, input: number }),
  v.object({
    kind: v.literal('encode'),
    run: hash,
    shard: number,
    hash,
    part: number,
    page: hash,
    parts: number,
  }),
  v.object({ kind: v.literal('assemble'), run: hash, shard: number, hash, parts: number }),
  v.object({ kind: v.literal('sample'), run: hash, shard: number, hash, bound: v.number() }),
  v.object({ kind: v.literal('sum'), run: hash, shard: number, hash }),
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
      return `index-${task.input}`;
    case 'encode':
      return `encode-${task.shard}-${task.part}`;
    case 'assemble':
    case 'sample':
    case 'sum':
      return `${task.kind}-${task.shard}`;
  }
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
