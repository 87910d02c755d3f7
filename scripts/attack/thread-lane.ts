import { Worker } from 'node:worker_threads';
import { BOUNDS, type Outcome } from './outcome.ts';

/** Cases of one class in a thread of Node that is ended where one hangs or takes too much memory. */
export interface ThreadLane {
  readonly tryCase: (number: number) => Promise<Outcome>;
  readonly close: () => Promise<void>;
}

export function openThreadLane(className: string, seed: number): ThreadLane {
  const limitMs = className === 'commands' ? 2 * BOUNDS.commandMs : BOUNDS.hangMs;
  let worker: Worker | null = null;
  let settle: (outcome: Outcome) => void = () => undefined;

  const end = (ended: Worker, why: string): void => {
    if (worker !== ended) return;
    worker = null;
    void ended.terminate();
    settle({ verdict: 'fault', why, cpuMs: 0, answerBytes: 0 });
  };
  const open = (): Worker => {
    const opened = new Worker(new URL('thread-worker.ts', import.meta.url), {
      workerData: { className, seed },
      resourceLimits: { maxOldGenerationSizeMb: BOUNDS.threadHeapMiB },
    });
    opened.on('message', (outcome: Outcome) => settle(outcome));
    opened.on('error', (error) => end(opened, `the thread ended: ${String(error)}`));
    opened.on('exit', (code) => end(opened, `the thread ended with ${code}`));
    return opened;
  };

  return {
    async tryCase(number) {
      const current = (worker ??= open());
      const timer = setTimeout(() => end(current, `hangs: no end within ${limitMs} ms`), limitMs);
      const outcome = await new Promise<Outcome>((resolve) => {
        settle = resolve;
        current.postMessage(number);
      });
      clearTimeout(timer);
      return outcome;
    },
    async close() {
      const last = worker;
      worker = null;
      await last?.terminate();
    },
  };
}
