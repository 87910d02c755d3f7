import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { Log, LogLevel, Miniflare, type SharedOptions, type WorkerOptions } from 'miniflare';
import { tellLines } from '../cli/messages.ts';
import { findDiskRefusal } from '../kv/disk-refusal.ts';

export interface ServerOptions {
  readonly host: string;
  /** The first is asked; the others stand behind its bindings. */
  readonly workers: readonly WorkerOptions[];
  /** KV, caches: what outlives the server. */
  readonly persist: string;
  readonly isVerbose: boolean;
}

export interface Server {
  /** Where workerd listens. Waits while it is being started; rejects when it cannot be started any more. */
  readonly port: () => Promise<number>;
  /** Rejects when it cannot be started any more. */
  readonly broken: Promise<never>;
}

/** Starts that fail in a row before the reason is taken for one that stays. */
const MAX_FAILURES = 5;
const PAUSE_MS = 200;

/**
 * Serves the Workers by Miniflare: one process, workerd, and started again whenever it ends. What it and the Workers print
 * goes to stderr.
 */
export function startServer(options: ServerOptions): Server {
  let port = pendingPort();
  const keepUp = async (): Promise<never> => {
    for (let failures = 0; ;) {
      const { miniflare, failed } = openMiniflare(options);
      try {
        port.resolve(Number((await miniflare.ready).port));
        failures = 0;
        await failed;
        port = pendingPort();
      } catch (cause) {
        if (++failures >= MAX_FAILURES) {
          throw (
            (await findDiskRefusal(options.persist, 0)) ?? new Error('workerd cannot be started', { cause })
          );
        }
      }
      await miniflare.dispose().catch(() => undefined); // says again what failed
      await sleep(PAUSE_MS);
    }
  };
  const broken = keepUp();
  broken.catch((error: unknown) => port.reject(error));
  return { port: () => port.promise, broken };
}

/** It may reject when nobody is waiting. */
function pendingPort(): PromiseWithResolvers<number> {
  const port = Promise.withResolvers<number>();
  port.promise.catch(() => undefined);
  return port;
}

/** @returns `failed` settles when workerd has ended and Miniflare, which starts it again, could not */
function openMiniflare({ host, workers, persist, isVerbose }: ServerOptions): {
  readonly miniflare: Miniflare;
  readonly failed: Promise<void>;
} {
  const { promise: failed, resolve: fail } = Promise.withResolvers<void>();
  const log = new StderrLog(isVerbose ? LogLevel.INFO : LogLevel.ERROR, fail);
  const miniflare = new Miniflare({
    host,
    port: 0,
    log,
    logRequests: isVerbose,
    cf: false,
    ...persistOptions(persist),
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      const tell = isVerbose || !process.stderr.isTTY ? tellPlain : tellButRequests;
      for (const input of [stdout, stderr]) createInterface({ input }).on('line', tell);
    },
    workers: [...workers],
  });
  return { miniflare, failed };
}

/** Where Miniflare keeps things, as `wrangler dev --persist-to` has it. */
export function persistOptions(persist: string): SharedOptions {
  return {
    kvPersist: join(persist, 'v3', 'kv'),
    cachePersist: join(persist, 'v3', 'cache'),
    durableObjectsPersist: join(persist, 'v3', 'do'),
    r2Persist: join(persist, 'v3', 'r2'),
    workflowsPersist: join(persist, 'v3', 'workflows'),
  };
}

/** Without colours, which Miniflare and workerd write where stderr is a terminal. */
function tellPlain(text: string): void {
  tellLines(stripVTControlCharacters(text));
}

/** Whoever looks at a terminal wants to see what goes wrong in it. Where stderr is kept, every request has its line. */
function tellButRequests(text: string): void {
  if (!/^\{"time":"[^"]*","level":"info","event":"request"/.test(text)) tellPlain(text);
}

/** Miniflare's own log goes to stdout, which is for results. */
class StderrLog extends Log {
  readonly #onRuntimeFailure: () => void;

  constructor(level: LogLevel, onRuntimeFailure: () => void) {
    super(level);
    this.#onRuntimeFailure = onRuntimeFailure;
  }

  override log(message: string): void {
    tellPlain(message);
  }

  override error(error: Error): void {
    if ('code' in error && error.code === 'ERR_RUNTIME_FAILURE') this.#onRuntimeFailure();
    else super.error(error);
  }
}
