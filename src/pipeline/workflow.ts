import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { NonRetryableError } from 'cloudflare:workflows';
import { AppError } from '../errors.ts';
import { publishSelection } from '../storage/publish-selection.ts';
import type { SelectionKv } from '../storage/selection-kv.ts';
import { listObjects, requireBytes, requireJson, writeJson } from './bucket.ts';
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
import { type ShardPlan, missingTasks, planShards } from './plan-shards.ts';
import { encodedPairs } from './read-status.ts';
import { type RunDescription, attemptOfInstance } from './run-description.ts';
import { type StateChange, isOwn, noteState, readState } from './run-state.ts';
import type { PackedCorpus, RunResult } from './run-status.ts';
import { type DoneShard, findBound } from './sample-shards.ts';
import { sendTasks } from './send-tasks.ts';
import { assertSummable, mergeShards, wantsOfRequest, writeSumPlan } from './sum-shards.ts';
import type { Task } from './tasks.ts';
import { waitFor } from './wait.ts';

/** What an instance is started with. */
export interface WorkflowParams {
  readonly run: string;
}

/** A step is tried again a few times: R2 and KV may be busy. What the user has to mend is not. */
const STEP = {
  retries: { limit: 7, delay: '2 seconds', backoff: 'exponential' },
  timeout: '30 minutes',
} as const;

/** What ends a run is noted even where R2 is away for half an hour. */
const LAST_STEP = { ...STEP, retries: { ...STEP.retries, limit: 10 } } as const;

/** Of one attempt at a run, by its own instance. */
interface AttemptSteps {
  readonly attempt: number;
  readonly do: <T extends Rpc.Serializable<T>>(name: string, work: () => Promise<T>) => Promise<T>;
  readonly sleep: (name: string, seconds: number) => Promise<void>;
  /** @throws Error when the run is no longer this attempt's */
  readonly note: (change: StateChange) => Promise<void>;
}

/** A run from the list of inputs to the published record. Steps hand on keys and counts; data goes through R2. */
export class PipelineWorkflow extends WorkflowEntrypoint<PipelineEnv, WorkflowParams> {
  override async run(
    { payload: { run: id }, instanceId }: Readonly<WorkflowEvent<WorkflowParams>>,
    step: WorkflowStep,
  ): Promise<void> {
    const attempt = attemptOfInstance(instanceId);
    try {
      await this.#work(id, this.#stepsOf(id, attempt, step));
    } catch (error) {
      const message = reasonOf(error);
      await step.do('note the failure', LAST_STEP, () =>
        noteState(this.env.RUNS, id, attempt, { phase: 'failed', error: message }),
      );
      throw error;
    }
  }

  /** Each begins by asking whether the run is still this attempt's: an instance that could not be ended stops at its next step. */
  #stepsOf(id: string, attempt: number, step: WorkflowStep): AttemptSteps {
    const { RUNS: runs } = this.env;
    const superseded = (): Error =>
      new NonRetryableError(`run ${id} was cancelled, or is no longer at attempt ${attempt}`);
    return {
      attempt,
      do: (name, work) =>
        step.do(name, STEP, async () => {
          if (!isOwn(await readState(runs, id), attempt)) throw superseded();
          return work();
        }),
      sleep: (name, seconds) => step.sleep(name, `${seconds} seconds`),
      note: async (change) => {
        if (!(await noteState(runs, id, attempt, change))) throw superseded();
      },
    };
  }

  async #work(id: string, steps: AttemptSteps): Promise<void> {
    const { RUNS: runs } = this.env;
    const run = await steps.do('read the request', () => requireJson<RunDescription>(runs, runKeys.run(id)));
    const inputs = await steps.do('list inputs', () =>
      mending(async () => {
        const count = await listInputs(this.env, run);
        await steps.note({ phase: 'indexing', inputs: count });
        return count;
      }),
    );
    await waitFor(steps, runs, id, {
      name: 'indexed',
      looked: { prefix: runKeys.indexedPrefix(id), total: inputs, kinds: ['index'], inParts: false },
      messages: inputs,
      send: async (round) => {
        await steps.do(`send inputs ${round}`, () => this.#sendInputs(id, steps, inputs));
      },
    });
    const plan = await steps.do('plan shards', () =>
      mending(async () => {
        const planned = await planShards(runs, run);
        if (run.request.corpus !== undefined) assertPackable(planned.pairs);
        assertSummable(planned.pairs, run.request, run.encoder.dim);
        const encoding = { since: new Date().toISOString(), pairs: await encodedPairs(runs, run, planned) };
        await steps.note({ phase: 'encoding', plan: planned, encoding });
        return planned;
      }),
    );
    await waitFor(steps, runs, id, {
      name: 'encoded',
      looked: {
        prefix: runKeys.shardPrefix(id),
        total: plan.shards,
        kinds: ['encode', 'assemble'],
        inParts: true,
      },
      messages: plan.parts,
      send: (round, most) => this.#sendParts(id, steps, plan, { round, most }),
    });
    const shards = await steps.do('list shards', () => mending(() => this.#doneShards(id, steps)));
    const bound = await this.#sample(steps, run, shards);
    if (bound !== Infinity) await this.#sum(steps, run, shards, bound);
    const made = await steps.do('make the record', () =>
      mending(async () => {
        await steps.note({ phase: 'selecting' });
        return this.#makeRecord(run, bound);
      }),
    );
    const { selection } = run.request;
    if (selection !== null) {
      await steps.do('publish', () =>
        mending(async () => {
          await steps.note({ phase: 'publishing' });
          await this.#publish(id, selection);
        }),
      );
    }
    const corpus = await this.#pack(steps, run, shards);
    const result = { ...made, selection, ...(corpus === null ? {} : { corpus }) };
    await steps.do('note the result', () => steps.note({ phase: 'complete', result }));
  }

  /** The pictures of the run as a corpus: its values segment by segment, then the manifest, which names them. */
  async #pack(steps: AttemptSteps, run: RunDescription, shards: number): Promise<PackedCorpus | null> {
    const { id, request } = run;
    const { corpus } = request;
    if (corpus === undefined) return null;
    await steps.do('find pictures', async () => {
      await steps.note({ phase: 'packing' });
      return findPictures(this.env, run, await this.#shards(id));
    });
    for (let start = 0; start < shards; start += SHARDS_A_MERGE) {
      await steps.do(`fit pictures from ${start}`, async () =>
        fitPictures(this.env, run, await this.#shards(id), start),
      );
    }
    const count = await steps.do('outline the corpus', () =>
      mending(async () => outlineCorpus(this.env, run, await this.#shards(id))),
    );
    const segments: StoredSegment[] = [];
    for (let index = 0; index < count; index++) {
      segments.push(
        await steps.do(`pack segment ${index}`, () =>
          mending(async () => packOneSegment(this.env, run, await this.#shards(id), { index, corpus })),
        ),
      );
    }
    return steps.do('name the corpus', () => mending(() => nameCorpus(this.env, run, segments, corpus)));
  }

  async #sendInputs(id: string, { attempt }: AttemptSteps, inputs: number): Promise<number> {
    const done = new Set<number>();
    for await (const { key } of listObjects(this.env.RUNS, runKeys.indexedPrefix(id)))
      done.add(numberOfKey(key));
    const numbers = Array.from({ length: inputs }, (_, input) => input).filter((input) => !done.has(input));
    await sendTasks(
      this.env.TASKS,
      numbers.map((input): Task => ({ kind: 'index', run: id, attempt, input })),
    );
    return numbers.length;
  }

  /** A page of the plan a step. */
  async #sendParts(
    id: string,
    steps: AttemptSteps,
    plan: Pick<ShardPlan, 'shards'>,
    { round, most }: { readonly round: number; readonly most: number },
  ): Promise<void> {
    const { attempt } = steps;
    let left = most;
    for (let page = 0; page * SHARDS_A_PAGE < plan.shards && left > 0; page++) {
      const ofPage = left;
      left -= await steps.do(`send parts ${round}, page ${page}`, async () => {
        const { tasks, shards } = await missingTasks(this.env.RUNS, { id, attempt }, page, ofPage);
        await sendTasks(this.env.TASKS, tasks);
        return shards;
      });
    }
  }

  /** Keeps the list of the shards that hold pairs; a run may have more of them than a step can hand on. @returns how many */
  async #doneShards(id: string, steps: AttemptSteps): Promise<number> {
    const { RUNS: runs } = this.env;
    const shards: DoneShard[] = [];
    for await (const { key, customMetadata = {} } of listObjects(runs, runKeys.shardPrefix(id), {
      metadata: true,
    })) {
      const pairs = Number(customMetadata.pairs);
      if (pairs > 0) shards.push({ number: numberOfKey(key), hash: customMetadata.hash ?? '', pairs });
    }
    await writeJson(runs, runKeys.shardList(id), shards);
    await steps.note({ phase: 'sampling' });
    return shards.length;
  }

  /** @returns the bound of the sample, which is taken out of the shards; Infinity where all pairs are judged */
  async #sample(steps: AttemptSteps, { id, request }: RunDescription, shards: number): Promise<number> {
    const { RUNS: runs } = this.env;
    // Infinity is no JSON.
    const found = await steps.do('find the sample', () =>
      mending(async () => {
        const bound = await findBound(runs, await this.#shards(id), request.sample);
        return bound === Infinity ? null : bound;
      }),
    );
    if (found === null) return Infinity;
    await waitFor(steps, runs, id, {
      name: 'sampled',
      looked: { prefix: runKeys.sampledPrefix(id), total: shards, kinds: ['sample'], inParts: false },
      messages: shards,
      send: async (round) => {
        await steps.do(`send samples ${round}`, () =>
          this.#sendMissing(id, runKeys.sampledPrefix(id), ({ number, hash }) => ({
            kind: 'sample',
            run: id,
            attempt: steps.attempt,
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
    steps: AttemptSteps,
    { id, request, encoder: { dim } }: RunDescription,
    shards: number,
    bound: number,
  ): Promise<void> {
    const { RUNS: runs } = this.env;
    const wants = wantsOfRequest(request);
    if (wants === null) return;
    await steps.do('plan the sums', () =>
      mending(async () => {
        await steps.note({ phase: 'summing' });
        await writeSumPlan(runs, { id, request, dim }, await this.#shards(id), bound, wants);
      }),
    );
    await waitFor(steps, runs, id, {
      name: 'summed',
      looked: { prefix: runKeys.summedPrefix(id), total: shards, kinds: ['sum'], inParts: false },
      messages: shards,
      send: async (round) => {
        await steps.do(`send sums ${round}`, () =>
          this.#sendMissing(id, runKeys.summedPrefix(id), ({ number, hash }) => ({
            kind: 'sum',
            run: id,
            attempt: steps.attempt,
            shard: number,
            hash,
          })),
        );
      },
    });
    for (let start = 0; start < shards; start += SHARDS_A_MERGE) {
      await steps.do(`merge from ${start}`, async () => mergeShards(runs, id, await this.#shards(id), start));
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
    const { made, sampled, total } = await makeRunRecord(runs, run, await this.#shards(run.id), bound);
    await runs.put(runKeys.record(run.id), made.bytes);
    const { strategy, model } = made.record;
    return { id: made.id, strategy, k: model.k, pairs: total, sampled };
  }

  async #publish(id: string, name: string): Promise<void> {
    const { RUNS: runs, SELECTIONS } = this.env;
    const bytes = await requireBytes(runs, runKeys.record(id));
    // workers-types declares more forms of each call than the storage needs.
    const kv = SELECTIONS as unknown as SelectionKv;
    const act = { createdAt: new Date().toISOString(), by: `run ${id}` };
    await publishSelection(kv, name, bytes, act, (damage) => {
      console.warn(`The damaged entry of selection "${name}" is replaced, its history is lost:`, damage);
    });
  }
}

/** What a step throws comes back with the name of its class before the message, which tells nobody anything. */
function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/^NonRetryableError: /, '');
}

/** Trying again mends nothing that the caller has to put right: too few pairs, a name that is taken by a canary. */
async function mending<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NonRetryableError) throw error;
    const isTheirs = error instanceof RangeError || (error instanceof AppError && !error.retryable);
    if (isTheirs) throw new NonRetryableError(error.message);
    console.error('A step is tried again:', error);
    throw error;
  }
}
