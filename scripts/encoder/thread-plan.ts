import { statSync } from 'node:fs';
import { findModel } from '../clip/model-folder.ts';
import type { Device } from '../clip/load-encoder.ts';

/** For the weights of all copies together. */
const WEIGHTS_BYTES = 1024 * 1024 * 1024;
/** A card runs one batch at a time; the others are decoded meanwhile. */
const MAX_CARD_SESSIONS = 4;

/** How the threads of the processor are shared out. */
export interface ThreadPlan {
  /** Copies of the model, each with a thread that decodes pictures and runs it. */
  readonly copies: number;
  /** Threads of one run of the network. */
  readonly threadsPerRun: number;
}

/**
 * Runs on one thread each give most a second, and take a copy of the weights each: a small model has a copy a thread, of a large one all
 * threads share fewer.
 */
export function planThreads(model: string, threads: number, device: Device): ThreadPlan {
  const { textModel, visionModel, dataFiles } = findModel(model);
  const bytes = [textModel, visionModel, ...dataFiles].reduce((sum, file) => sum + statSync(file).size, 0);
  const fitting = Math.max(1, Math.floor(WEIGHTS_BYTES / bytes));
  const most = device === 'cuda' ? Math.min(threads, MAX_CARD_SESSIONS) : threads;
  const copies = Math.min(most, fitting);
  return { copies, threadsPerRun: Math.max(1, Math.floor(threads / copies)) };
}
