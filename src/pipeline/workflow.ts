import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { NonRetryableError } from 'cloudflare:workflows';
import { AppError } from '../errors.ts';
import { publishSelection } from '../storage/publish-selection.ts';
import type { SelectionKv } from '../storage/selection-kv.ts';
import { countObjects, listObjects, requireBytes, requireJson, writeJson } from './bucket.ts';
import { SHARDS_A_MERGE, SHARDS_A_PAGE } from './cut.ts';
import { runKeys, numberOfKey } from './keys.ts';
import { listInputs } from './list-inputs.ts';
import { makeRunRecord } from './make-run-record.ts';
import {
  type StoredSegment,
  assertPackable,
  findPictures,
  fitPictures,
  nameCorpus,
  outlineCorpus,
  packOneSegment,
} from './pack-corpus.ts';
import { pauseSeconds } from './pause.ts';
import { missingTasks, planShards } from './plan-shards.ts';
import type { RunDescription } from './run-description.ts';
import { updateState } from './run-state.ts';
import type { PackedCorpus, RunResult } from './run-status.ts';
import { type DoneShard, findBound } from './sample-shards.ts';
import { sendTasks } from './send-tasks.ts';
import { mergeShards, wantsOfRequest, writeSumPlan } from './sum-shards.ts';
import type { Task } from './tasks.ts';

/** What an instance is started with. */
export interface WorkflowParams {
  readonly run: string;
}

/** A step is tried again a few times: R2 and KV may be busy. What the user has to mend is not. */
const STEP = {
  retries: { limit: 5, delay: '2 seconds', backoff: 'exponential' },
  timeout: '30 minutes',
} as const;

/** Messages that were lost: nothing was done for so long. */
const STALL_SECONDS = 900;

interface Waiting {
  readonly name: string;
  readonly total: number;
  /** How many are done. */
  readonly count: () => Promise<number>;
  readonly messages: number;
  /** Sends anew what is not done. */
  readonly send: (round: string) => Promise<void>;
}

/** A run from the list of inputs to the published record. Steps hand on keys and counts; data goes through R2. */
export class PipelineWorkflow extends WorkflowEntrypoint<PipelineEnv, WorkflowParams> {
  override async run(
    { payload: { run: id } }: Readonly<WorkflowEvent<WorkflowParams>>,
    step: WorkflowStep,
  ): Promise<void> {
    try {
      await this.#work(id, step);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await step.do('note the failure', STEP, () =>
        updateState(this.env.RUNS, id, { phase: 'failed', error: message }),
      );
      throw error;
    }
  }

  async #work(id: string, step: WorkflowStep): Promise<void> {
    const { RUNS: runs } = this.env;
    const run = await step.do('read the request', STEP, () =>
      requireJson<RunDescription>(runs, runKeys.run(id)),
    );
    const inputs = await step.do('list inputs', STEP, () =>
      mending(async () => {
        await updateState(runs, id, { phase: 'listing', error: null });
        const count = await listInputs(this.env, run);
        await updateState(runs, id, { phase: 'indexing', inputs: count });
        return count;
      }),
    );
    await this.#wait(step, id, {
      name: 'indexed',
      total: inputs,
      messages: inputs,
      count: () => countObjects(runs, runKeys.indexedPrefix(id)),
      send: async (round) => {
        await step.do(`send inputs ${round}`, STEP, () => this.#sendInputs(id, inputs));
      },
    });
    const plan = await step.do('plan shards', STEP, () =>
      mending(async () => {
        const planned = await planShards(runs, run);
        if (run.request.corpus !== undefined) assertPackable(planned.pairs);
        const encoding = { since: new Date().toISOString(), pairs: await encodedPairs(runs, id) };
        await updateState(runs, id, { phase: 'encoding', plan: planned, encoding });
        return planned;
      }),
    );
    await this.#wait(step, id, {
      name: 'encoded',
      total: plan.shards,
      messages: plan.parts,
      count: () => countObjects(runs, runKeys.shardPrefix(id)),
      send: async (round) => {
        for (let page = 0; page * SHARDS_A_PAGE < plan.shards; page++) {
          await step.do(`send parts ${round}, page ${page}`, STEP, async () => {
            const tasks = await missingTasks(runs, id, page);
            await sendTasks(this.env.TASKS, tasks);
            return tasks.length;
          });
        }
      },
    });
    const shards = await step.do('list shards', STEP, () => mending(() => this.#doneShards(run)));
    const bound = await this.#sample(step, run, shards);
    if (bound !== Infinity) await this.#sum(step, run, shards, bound);
    const made = await step.do('make the record', STEP, () => mending(() => this.#makeRecord(run, bound)));
    const { selection } = run.request;
    if (selection !== null) {
      await step.do('publish', STEP, () => mending(() => this.#publish(id, selection)));
    }
    const corpus = await this.#pack(step, run, shards);
    await step.do('note the result', STEP, () =>
      updateState(runs, id, {
        phase: 'complete',
        result: { ...made, selection, ...(corpus === null ? {} : { corpus }) },
      }),
    );
  }

  /** The pictures of the run as a corpus: its values segment by segment, then the manifest, which names them. */
  async #pack(step: WorkflowStep, run: RunDescription, shards: number): Promise<PackedCorpus | null> {
    const { id, request } = run;
    const { corpus } = request;
    if (corpus === undefined) return null;
    await step.do('find pictures', STEP, async () => {
      await updateState(this.env.RUNS, id, { phase: 'packing' });
      return findPictures(this.env, run, await this.#shards(id));
    });
    for (let start = 0; start < shards; start += SHARDS_A_MERGE) {
      await step.do(`fit pictures from ${start}`, STEP, async () =>
        fitPictures(this.env, run, await this.#shards(id), start),
      );
    }
    const count = await step.do('outline the corpus', STEP, () =>
      mending(async () => outlineCorpus(this.env, run, await this.#shards(id))),
    );
    const segments: StoredSegment[] = [];
    for (let index = 0; index < count; index++) {
      segments.push(
        await step.do(`pack segment ${index}`, STEP, () =>
          mending(async () => packOneSegment(this.env, run, await this.#shards(id), { index, corpus })),
        ),
      );
    }
    return step.do('name the corpus', STEP, () => mending(() => nameCorpus(this.env, run, segments, corpus)));
  }

  /** Until all is done; what was given up ends the run, with what it was. */
  async #wait(
    step: WorkflowStep,
    id: string,
    { name, total, count, messages, send }: Waiting,
  ): Promise<void> {
    await send('0');
    let done = -1;
    let idleSeconds = 0;
    for (let round = 1; ; round++) {
      const pause = pauseSeconds(messages, round);
      const counts = await step.do(`count ${name} ${round}`, STEP, async () => ({
        done: await count(),
        dead: await countObjects(this.env.RUNS, runKeys.deadPrefix(id)),
      }));
      if (counts.done >= total) return;
      if (counts.dead > 0) {
        throw new NonRetryableError(
          `${counts.dead} batches were given up; their reasons are listed. Mend what they name and resume the run: what is done stays done`,
        );
      }
      idleSeconds = counts.done === done ? idleSeconds + pause : 0;
      done = counts.done;
      if (idleSeconds >= STALL_SECONDS) {
        await send(String(round));
        idleSeconds = 0;
      }
      await step.sleep(`wait for ${name} ${round}`, `${pause} seconds`);
    }
  }

  async #sendInputs(id: string, inputs: number): Promise<number> {
    const done = new Set<number>();
    for await (const { key } of listObjects(this.env.RUNS, runKeys.indexedPrefix(id)))
      done.add(numberOfKey(key));
    const numbers = Array.from({ length: inputs }, (_, input) => input).filter((input) => !done.has(input));
    await sendTasks(
      this.env.TASKS,
      numbers.map((input): Task => ({ kind: 'index', run: id, input })),
    );
    return numbers.length;
  }

  /** Keeps the list of the shards that hold pairs; a run may have more of them than a step can hand on. @returns how many */
  async #doneShards({ id }: RunDescription): Promise<number> {
    const { RUNS: runs } = this.env;
    const shards: DoneShard[] = [];
    for await (const { key, customMetadata = {} } of listObjects(runs, runKeys.shardPrefix(id), {
      metadata: true,
    })) {
      const pairs = Number(customMetadata.pairs);
      if (pairs > 0) shards.push({ number: numberOfKey(key), hash: customMetadata.hash ?? '', pairs });
    }
    await writeJson(runs, runKeys.shardList(id), shards);
    await updateState(runs, id, { phase: 'sampling' });
    return shards.length;
  }

  /** @returns the bound of the sample, which is taken out of the shards; Infinity where all pairs are judged */
  async #sample(step: WorkflowStep, { id, request }: RunDescription, shards: number): Promise<number> {
    const { RUNS: runs } = this.env;
    // Infinity is no JSON.
    const found = await step.do('find the sample', STEP, () =>
      mending(async () => {
        const bound = await findBound(runs, await this.#shards(id), request.sample);
        return bound === Infinity ? null : bound;
      }),
    );
    if (found === null) return Infinity;
    await this.#wait(step, id, {
      name: 'sampled',
      total: shards,
      messages: shards,
      count: () => countObjects(runs, runKeys.sampledPrefix(id)),
      send: async (round) => {
        await step.do(`send samples ${round}`, STEP, () =>
          this.#sendMissing(id, runKeys.sampledPrefix(id), ({ number, hash }) => ({
            kind: 'sample',
            run: id,
            shard: number,
            hash,
            bound: found,
          })),
        );
      },
    });
    return found;
  }

  /** The statistics of all shards, merged in their order, where a strategy that adds up may be chosen. */
  async #sum(
    step: WorkflowStep,
    { id, request, encoder: { dim } }: RunDescription,
    shards: number,
    bound: number,
  ): Promise<void> {
    const { RUNS: runs } = this.env;
    const wants = wantsOfRequest(request);
    if (wants === null) return;
    await step.do('plan the sums', STEP, () =>
      mending(async () => {
        await updateState(runs, id, { phase: 'summing' });
        await writeSumPlan(runs, { id, request, dim }, await this.#shards(id), bound, wants);
      }),
    );
    await this.#wait(step, id, {
      name: 'summed',
      total: shards,
      messages: shards,
      count: () => countObjects(runs, runKeys.summedPrefix(id)),
      send: async (round) => {
        await step.do(`send sums ${round}`, STEP, () =>
          this.#sendMissing(id, runKeys.summedPrefix(id), ({ number, hash }) => ({
            kind: 'sum',
            run: id,
            shard: number,
            hash,
          })),
        );
      },
    });
    for (let start = 0; start < shards; start += SHARDS_A_MERGE) {
      await step.do(`merge from ${start}`, STEP, async () =>
        mergeShards(runs, id, await this.#shards(id), start),
      );
    }
  }

  #shards(id: string): Promise<DoneShard[]> {
    return requireJson<DoneShard[]>(this.env.RUNS, runKeys.shardList(id));
  }

  /** A task for every shard that has no result under the prefix yet. */
  async #sendMissing(id: string, prefix: string, taskOf: (shard: DoneShard) => Task): Promise<number> {
    const done = new Set<number>();
    for await (const { key } of listObjects(this.env.RUNS, prefix)) done.add(numberOfKey(key));
    const missing = (await this.#shards(id)).filter(({ number }) => !done.has(number));
    await sendTasks(this.env.TASKS, missing.map(taskOf));
    return missing.length;
  }

  async #makeRecord(run: RunDescription, bound: number): Promise<Omit<RunResult, 'selection' | 'corpus'>> {
    const { RUNS: runs } = this.env;
    await updateState(runs, run.id, { phase: 'selecting' });
    const { made, sampled, total } = await makeRunRecord(runs, run, await this.#shards(run.id), bound);
    await runs.put(runKeys.record(run.id), made.bytes);
    const { strategy, model } = made.record;
    return { id: made.id, strategy, k: model.k, pairs: total, sampled };
  }

  async #publish(id: string, name: string): Promise<void> {
    const { RUNS: runs, SELECTIONS } = this.env;
    await updateState(runs, id, { phase: 'publishing' });
    const bytes = await requireBytes(runs, runKeys.record(id));
    // workers-types declares more forms of each call than the storage needs.
    const kv = SELECTIONS as unknown as SelectionKv;
    await publishSelection(kv, name, bytes, { createdAt: new Date().toISOString(), by: `run ${id}` });
  }
}

/** Trying again mends nothing that the caller has to put right: too few pairs, a name that is taken by a canary. */
async function mending<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isTheirs = error instanceof RangeError || (error instanceof AppError && !error.retryable);
    if (isTheirs) throw new NonRetryableError(error.message);
    console.error('A step is tried again:', error);
    throw error;
  }
}

/** Of the shards that are done. */
export async function encodedPairs(runs: R2Bucket, id: string): Promise<number> {
  let sum = 0;
  for await (const { customMetadata = {} } of listObjects(runs, runKeys.shardPrefix(id), {
    metadata: true,
  })) {
    sum += Number(customMetadata.pairs) + Number(customMetadata.skipped);
  }
  return sum;
}
