import { join } from 'node:path';
import { Log, LogLevel, Miniflare, type WorkerOptions } from 'miniflare';
import type { KVNamespace, R2Bucket } from '@cloudflare/workers-types';
import { stripVTControlCharacters } from 'node:util';
import { endChildrenWithThisProcess } from '../cli/child-watch.ts';
import { tellLines } from '../cli/messages.ts';
import { type ProjectKv, projectKv } from '../kv/local-kv.ts';
import { PROJECT_ROOT, persistFolder } from '../kv/project.ts';
import { makeWritableFolder } from '../kv/writable-folder.ts';
import { persistOptions } from '../start/server.ts';
import { localWorkers } from '../start/workers.ts';

const PIPELINE = 'wrangler.pipeline.toml';
const WORKER = 'alignql-pipeline';
const QUEUE = 'alignql-tasks';

/** The pipeline Worker with its queue, Workflow, buckets and KV on this machine, and the embedded encoder behind its AI binding. */
export interface LocalPipeline {
  readonly url: string;
  readonly datasets: R2Bucket;
  /** What the Worker has of its runs. */
  readonly runs: R2Bucket;
  readonly corpora: ProjectKv;
  /** Hands messages of the queue to the Worker, as an invocation of its own: past the queue, which is local and hands on one after the other. */
  readonly consume: (bodies: readonly unknown[]) => Promise<{ readonly failed: number }>;
  readonly close: () => Promise<void>;
}

/** The Workers of a local pipeline, bundled as they would be deployed. */
export async function pipelineWorkers(
  vars: Readonly<Record<string, string>>,
  tell: (line: string) => void,
): Promise<WorkerOptions[]> {
  // Together with the API Worker the encoder was bundled before, by `npm start`.
  const config = (name: string): string => join(PROJECT_ROOT, name);
  const [pipeline] = await localWorkers({ configs: [config(PIPELINE)], fingerprint: null }, vars, tell);
  const [, encoder] = await localWorkers(
    { configs: [config('wrangler.toml'), config('wrangler.encoder.toml')], fingerprint: null },
    {},
    tell,
  );
  return [pipeline, encoder];
}

/**
 * Starts it on a free port. It shares the state folder with `npm start`: what it publishes is served there at once.
 * @throws UserError when the folder cannot be written
 */
export async function openLocalPipeline(
  state: string,
  workers: readonly WorkerOptions[],
  log: Log = new StderrLog(LogLevel.ERROR),
): Promise<LocalPipeline> {
  await makeWritableFolder(state, 'the state folder', 'Choose another by ALIGNQL_STATE.');
  endChildrenWithThisProcess();
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    log,
    ...persistOptions(persistFolder(state)),
    workers: [...workers],
  });
  const url = (await miniflare.ready).origin;
  const datasets = (await miniflare.getR2Bucket('DATASETS', WORKER)) as unknown as R2Bucket;
  const runs = (await miniflare.getR2Bucket('RUNS', WORKER)) as unknown as R2Bucket;
  const corpora = projectKv((await miniflare.getKVNamespace('CORPORA', WORKER)) as unknown as KVNamespace);
  const consume = async (bodies: readonly unknown[]): Promise<{ readonly failed: number }> => {
    const worker = await miniflare.getWorker(WORKER);
    const timestamp = new Date();
    const messages = bodies.map((body, i) => ({ id: String(i), timestamp, attempts: 1, body }));
    const { outcome, retryMessages } = await worker.queue(QUEUE, messages);
    return { failed: outcome === 'ok' ? retryMessages.length : bodies.length };
  };
  return { url, datasets, runs, corpora, consume, close: () => miniflare.dispose() };
}

/** Miniflare's own log goes to stdout, which is for results. */
class StderrLog extends Log {
  override log(message: string): void {
    tellLines(stripVTControlCharacters(message));
  }
}
