import { DEFAULT_DEADLINE_MS } from '../clip/request-deadline.ts';
import { type CorpusPlan, SLOT_BYTES, segmentCapacity } from '../format/corpus-manifest.ts';
import { PICTURE_READ_BYTES, SHARDS_A_MERGE, SHARDS_A_PAGE, windowRows } from './cut.ts';
import { PLATFORM_LIMITS } from './limits.ts';
import { heldBytes, shardBytes, statisticsBytes, windowBytes } from './memory.ts';
import { roundsOf } from './pause.ts';
import { ASSUMED_CPU_MS, corpusValues, costOf } from './run-cost.ts';
import type { RunCost } from './run-status.ts';
import type { Task } from './tasks.ts';

/** A dataset as it is planned on paper: tars of pictures. */
export interface PaperDataset {
  readonly pairs: number;
  /** Of a tar: img2dataset writes 10,000. */
  readonly pairsPerInput: number;
  /** Of a picture as it is stored, its caption and headers of tar included. */
  readonly pictureBytes: number;
  readonly dim: number;
  readonly pairsPerPart: number;
  readonly pairsPerShard: number;
  readonly sample: number;
  /** Invocations of the consumer that run side by side: max_concurrency. */
  readonly consumers: number;
  /** That an encoder takes for a pair, its batches as they come. */
  readonly encodeMs: number;
  /** How the pictures are packed, a picture a pair, by how many coordinates; null without a corpus. */
  readonly corpus: { readonly plan: CorpusPlan; readonly k: number } | null;
}

/** What a run takes of the platform. */
export interface PlatformPlan {
  readonly inputs: number;
  readonly parts: number;
  readonly shards: number;
  /** Of the corpus. */
  readonly segments: number;
  readonly messages: number;
  /** Of the Workflow's one instance. */
  readonly steps: number;
  readonly subrequests: number;
  /** The largest of each. */
  readonly messageBytes: number;
  readonly stepResultBytes: number;
  readonly memoryBytes: number;
  readonly taskSeconds: number;
  /** Of one call of pictures to the encoder, its batches together. */
  readonly encoderCallSeconds: number;
  readonly taskCpuSeconds: number;
  readonly stepSeconds: number;
  /** Of the steps that grow with the dataset; the one that selects grows with the sample. */
  readonly stepCpuSeconds: number;
  /** Values of KV that the corpus is. */
  readonly values: number;
  /** Of the corpus in an isolate, whole slots: what CORPUS_MEMORY_MIB has to hold. */
  readonly corpusMemoryBytes: number;
  /** Wall time of each phase, and of all; selecting comes on top. */
  readonly indexSeconds: number;
  readonly encodeSeconds: number;
  readonly sumSeconds: number;
  readonly packSeconds: number;
  readonly seconds: number;
  readonly storedBytes: number;
  readonly cost: RunCost;
}

/** How long a call of pictures may take, unless AI_TIMEOUT_MS or ENCODER_DEADLINE_MS says otherwise. */
export const ENCODER_CALL_SECONDS = DEFAULT_DEADLINE_MS / 1000;

/** A request with 64 strategies named takes less; a segment's hash and counts take 100 bytes. */
const STEP_RESULT_BYTES = 4_096;
/** Read and merged in a second, in the order of the shards: what R2 gives one reader. */
const READ_BYTES_A_SECOND = 40e6;
/** Values that KV takes from one writer: 50 ms each, six at once. */
const KV_WRITES_A_SECOND = 120;
/** CPU to walk a tar, s a byte: more than the .37 s a GB in chunks of 4 KiB that were measured in Node. */
const WALK_CPU_SECONDS_A_BYTE = 0.7e-9;
/** Steps that every run has. */
const FIXED_STEPS = 12;
/** Of packing: finding the pictures, the outline, the name. */
const FIXED_PACK_STEPS = 3;

/** Steps, messages, time and cost of a run, from the same constants that it runs by. */
export function planPlatform(dataset: PaperDataset): PlatformPlan {
  const { pairs, pairsPerInput, pictureBytes, dim, pairsPerPart, pairsPerShard, consumers, encodeMs } =
    dataset;
  const inputs = Math.ceil(pairs / pairsPerInput);
  const ofInput = Math.min(pairs, pairsPerInput);
  const parts = inputs * Math.ceil(ofInput / pairsPerPart);
  // A shard is never of two inputs.
  const shards = inputs * Math.ceil(ofInput / pairsPerShard);
  const isSampled = pairs > dataset.sample;
  const perShard = Math.min(pairsPerShard, ofInput);
  const perPart = Math.min(pairsPerPart, ofInput);
  const bytesOfShard = shardBytes(perShard, dim);
  const bytesOfStatistics = statisticsBytes(dim);
  const readSecondsOf = (bytes: number): number => bytes / READ_BYTES_A_SECOND;

  const inputSeconds = readSecondsOf(ofInput * pictureBytes);
  const indexSeconds = (inputs * inputSeconds) / consumers;
  const partSeconds = (perPart * encodeMs) / 1000 + readSecondsOf(perPart * pictureBytes);
  const encodeSeconds = (parts * partSeconds) / consumers;
  const readSeconds = (shards * readSecondsOf(bytesOfShard)) / consumers;
  const shardSumSeconds = (perShard * ASSUMED_CPU_MS.sum) / 1000;
  const shardsSumSeconds = readSeconds + (shards * shardSumSeconds) / consumers;
  const mergeSeconds = shards * readSecondsOf(bytesOfStatistics);
  const sumSeconds = isSampled ? readSeconds + shardsSumSeconds + mergeSeconds : 0;
  const packing = planPacking(dataset, shards, bytesOfShard);

  const waits = [roundsOf(inputs, indexSeconds), roundsOf(parts, encodeSeconds)];
  if (isSampled) waits.push(roundsOf(shards, readSeconds), roundsOf(shards, shardsSumSeconds));
  const sends = Math.ceil(shards / SHARDS_A_PAGE);
  const merges = isSampled ? Math.ceil(shards / SHARDS_A_MERGE) : 0;
  const allPolls = waits.reduce((sum, count) => sum + count, 0);
  // A poll looks and sleeps.
  const steps = FIXED_STEPS + 2 * allPolls + sends + merges + packing.steps;

  const samples = isSampled ? shards : 0;
  const messages = inputs + parts + 2 * shards + 2 * samples;
  const lists = Math.ceil(shards / PLATFORM_LIMITS.objectsAList) + 1;
  // A look reads the heartbeat too, and every step whose run it is.
  const subrequests =
    allPolls * (lists + 1) +
    Math.ceil(messages / PLATFORM_LIMITS.messagesASend) +
    inputs +
    shards * (isSampled ? 5 : 2) +
    packing.subrequests +
    3 * steps;
  const picturesACall = Math.max(1, Math.min(perPart, Math.floor(PICTURE_READ_BYTES / pictureBytes)));
  return {
    inputs,
    parts,
    shards,
    segments: packing.segments,
    messages,
    steps,
    subrequests,
    messageBytes: JSON.stringify(longestTask()).length,
    stepResultBytes: STEP_RESULT_BYTES,
    memoryBytes: Math.max(
      heldBytes(perShard, dataset.sample, dim),
      // The pictures, and the base64 of a call.
      3 * PICTURE_READ_BYTES,
      packing.memoryBytes,
    ),
    taskSeconds: Math.max(inputSeconds, partSeconds, readSecondsOf(bytesOfShard) + shardSumSeconds),
    encoderCallSeconds: (picturesACall * encodeMs) / 1000,
    taskCpuSeconds: Math.max(
      ofInput * pictureBytes * WALK_CPU_SECONDS_A_BYTE,
      (perPart * ASSUMED_CPU_MS.encode) / 1000,
      shardSumSeconds,
    ),
    stepSeconds: Math.max(SHARDS_A_MERGE * readSecondsOf(bytesOfStatistics), packing.stepSeconds),
    stepCpuSeconds: packing.stepCpuSeconds,
    values: packing.values,
    corpusMemoryBytes: packing.segments * SLOT_BYTES,
    indexSeconds,
    encodeSeconds,
    sumSeconds,
    packSeconds: packing.seconds,
    seconds: indexSeconds + encodeSeconds + sumSeconds + packing.seconds,
    storedBytes: pairs * dim * 8 + (isSampled ? shards * bytesOfStatistics : 0),
    cost: costOf({
      inputs,
      parts,
      pictureReads: parts * Math.ceil(perPart / picturesACall),
      shards,
      samples,
      sums: samples,
      pairs,
      lists: allPolls * lists,
      packed: dataset.corpus === null ? null : { pictures: pairs, values: packing.values },
    }),
  };
}

type PackingPlan = Pick<PlatformPlan, 'segments' | 'steps' | 'subrequests' | 'memoryBytes' | 'values'> &
  Pick<PlatformPlan, 'stepSeconds' | 'stepCpuSeconds' | 'seconds'>;

/** Of the instance alone: packing sends no messages, a step follows on the other. */
function planPacking(
  { corpus, pairs, dim }: PaperDataset,
  shards: number,
  bytesOfShard: number,
): PackingPlan {
  if (corpus === null) {
    return {
      segments: 0,
      steps: 0,
      subrequests: 0,
      memoryBytes: 0,
      values: 0,
      stepSeconds: 0,
      stepCpuSeconds: 0,
      seconds: 0,
    };
  }
  const { plan, k } = corpus;
  const rows = Math.min(pairs, segmentCapacity({ dim, k, plan }), windowRows(dim));
  const segments = Math.ceil(pairs / rows);
  const values = corpusValues({ count: pairs, segments, plan, hasFields: true, dim });
  const fits = Math.ceil(shards / SHARDS_A_MERGE);
  // Images without the captions' vectors, half of a shard.
  const imageSeconds = bytesOfShard / 2 / READ_BYTES_A_SECOND;
  const segmentSeconds = (imageSeconds * shards) / segments + values / segments / KV_WRITES_A_SECOND;
  const rowCpuSeconds = ASSUMED_CPU_MS.pack / 1000;
  return {
    segments,
    steps: FIXED_PACK_STEPS + fits + segments,
    // Keys; then rows, table, header and images, for the coding and for the segments, which may begin within a shard.
    subrequests: shards * 2 + shards * 5 + (shards + segments) * 4 + values,
    memoryBytes: windowBytes(rows, dim),
    values,
    stepSeconds: Math.max(SHARDS_A_MERGE * imageSeconds, segmentSeconds),
    stepCpuSeconds: Math.max(Math.min(pairs, (SHARDS_A_MERGE * pairs) / shards), rows) * rowCpuSeconds,
    seconds: shards * imageSeconds + segments * segmentSeconds + 2 * pairs * rowCpuSeconds,
  };
}

function longestTask(): Task {
  const hash = 'f'.repeat(32);
  const number = 999_999;
  return { kind: 'encode', run: hash, shard: number, hash, part: number, page: hash, parts: number };
}
