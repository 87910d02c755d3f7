import { SHARDS_A_MERGE, SHARDS_A_PAGE } from './cut.ts';
import { PLATFORM_LIMITS } from './limits.ts';
import { heldBytes, shardBytes, statisticsBytes } from './memory.ts';
import { costOf } from './run-cost.ts';
import type { RunCost } from './run-status.ts';
import { roundsOf } from './pause.ts';
import type { Task } from './tasks.ts';

/** A dataset as it is planned on paper. */
export interface PaperDataset {
  readonly pairs: number;
  /** Of a tar: img2dataset writes 10,000. */
  readonly pairsPerInput: number;
  readonly dim: number;
  readonly pairsPerPart: number;
  readonly pairsPerShard: number;
  readonly sample: number;
  /** Invocations of the consumer that run side by side: max_concurrency. */
  readonly consumers: number;
  /** That an encoder takes for a pair, its batches as they come. */
  readonly encodeMs: number;
  /** Of this Worker itself, the encoder's not counted. */
  readonly cpuMsPerPair: number;
  /** To sum a pair of 512 numbers, both kinds of statistics. */
  readonly sumCpuMsPerPair: number;
}

/** What a run takes of the platform. */
export interface PlatformPlan {
  readonly inputs: number;
  readonly parts: number;
  readonly shards: number;
  readonly messages: number;
  /** Of the Workflow's one instance. */
  readonly steps: number;
  readonly subrequests: number;
  /** The largest of each. */
  readonly messageBytes: number;
  readonly stepResultBytes: number;
  readonly memoryBytes: number;
  readonly taskSeconds: number;
  readonly taskCpuSeconds: number;
  /** Wall time of encoding, and of all. */
  readonly encodeSeconds: number;
  readonly seconds: number;
  readonly storedBytes: number;
  readonly cost: RunCost;
}

/** A request with 64 strategies named takes less. */
const STEP_RESULT_BYTES = 4_096;
/** Read and merged in a second, in the order of the shards: what R2 gives one reader. */
const READ_BYTES_A_SECOND = 40e6;
/** Steps that every run has. */
const FIXED_STEPS = 12;

/** Steps, messages, time and cost of a run, from the same constants that it runs by. */
export function planPlatform(dataset: PaperDataset): PlatformPlan {
  const { pairs, pairsPerInput, dim, pairsPerPart, pairsPerShard, consumers, encodeMs } = dataset;
  const inputs = Math.ceil(pairs / pairsPerInput);
  const ofInput = Math.min(pairs, pairsPerInput);
  const parts = inputs * Math.ceil(ofInput / pairsPerPart);
  // A shard is never of two inputs.
  const shards = inputs * Math.ceil(ofInput / pairsPerShard);
  const isSampled = pairs > dataset.sample;
  const perShard = Math.min(pairsPerShard, ofInput);
  const bytesOfShard = shardBytes(perShard, dim);
  const bytesOfStatistics = statisticsBytes(dim);

  const encodeSeconds = (pairs * encodeMs) / 1000 / consumers;
  const readSeconds = (shards * bytesOfShard) / READ_BYTES_A_SECOND / consumers;
  const sumSeconds = readSeconds + (pairs * dataset.sumCpuMsPerPair) / 1000 / consumers;
  const mergeSeconds = (shards * bytesOfStatistics) / READ_BYTES_A_SECOND;
  const after = isSampled ? readSeconds + sumSeconds + mergeSeconds : 0;

  const waits = [roundsOf(inputs, inputs / consumers), roundsOf(parts, encodeSeconds)];
  if (isSampled) waits.push(roundsOf(shards, readSeconds), roundsOf(shards, sumSeconds));
  const sends = Math.ceil(shards / SHARDS_A_PAGE);
  const merges = isSampled ? Math.ceil(shards / SHARDS_A_MERGE) : 0;
  const allPolls = waits.reduce((sum, count) => sum + count, 0);
  // A poll counts and sleeps.
  const steps = FIXED_STEPS + 2 * allPolls + sends + merges;

  const messages = inputs + parts + 2 * shards + (isSampled ? 2 * shards : 0);
  const lists = Math.ceil(shards / PLATFORM_LIMITS.objectsAList) + 1;
  // A look reads the heartbeat too, and every step whose run it is.
  const subrequests =
    allPolls * (lists + 1) +
    Math.ceil(messages / PLATFORM_LIMITS.messagesASend) +
    inputs +
    shards * (isSampled ? 5 : 2) +
    3 * steps;
  const cpuMs = pairs * dataset.cpuMsPerPair + (isSampled ? pairs * dataset.sumCpuMsPerPair : 0);
  return {
    inputs,
    parts,
    shards,
    messages,
    steps,
    subrequests,
    messageBytes: JSON.stringify(longestTask()).length,
    stepResultBytes: STEP_RESULT_BYTES,
    memoryBytes: heldBytes(perShard, dataset.sample, dim),
    taskSeconds: Math.max((pairsPerPart * encodeMs) / 1000, bytesOfShard / READ_BYTES_A_SECOND),
    taskCpuSeconds: (perShard * dataset.sumCpuMsPerPair) / 1000,
    encodeSeconds,
    seconds: inputs / consumers + encodeSeconds + after,
    storedBytes: pairs * dim * 8 + (isSampled ? shards * bytesOfStatistics : 0),
    cost: costOf({ inputs, parts, shards: shards * (isSampled ? 3 : 1), singlePictures: 0, cpuMs }),
  };
}

function longestTask(): Task {
  const hash = 'f'.repeat(32);
  const number = 999_999;
  return { kind: 'encode', run: hash, shard: number, hash, part: number, page: hash, parts: number };
}
