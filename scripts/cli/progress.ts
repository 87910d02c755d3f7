import { Presets, SingleBar } from 'cli-progress';

/** Tells how far a count has come. `known`: done before this run, so that the rate speaks of real work only. */
export interface Progress {
  readonly add: (count: number, options?: { readonly known?: boolean }) => void;
  readonly stop: () => void;
}

/**
 * `cached`: what is counted may be in the embedding cache, so that the last line says how much of it was. `onlyIfLong`: nothing is told of
 * what is done at once.
 */
export type StartProgress = (
  label: string,
  total: number,
  options?: { readonly cached?: boolean; readonly onlyIfLong?: boolean },
) => Progress;

const LINE_EVERY_MS = 5_000;
const LONG_MS = 1_000;

/**
 * Progress on stderr: a bar with rate and time left on a terminal, else a plain line every 5 seconds and one at the end.
 * @param now milliseconds from any fixed point; given so that tests need not wait
 */
export function createProgress(
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = () => performance.now(),
): StartProgress {
  return (label, total, { cached = false, onlyIfLong = false } = {}) => {
    const task = { label, total, cached, onlyIfLong };
    return stream.isTTY ? startBar(task, stream) : startLines(task, stream, now);
  };
}

interface Task {
  readonly label: string;
  readonly total: number;
  readonly cached: boolean;
  readonly onlyIfLong: boolean;
}

function startBar({ label, total, cached, onlyIfLong }: Task, stream: NodeJS.WriteStream): Progress {
  const bar = new SingleBar(
    {
      stream,
      format: `${label.padEnd(9)} {bar} {value}/{total}  ${cached ? '{known} known  ' : ''}{rate}/s  {left}`,
      hideCursor: false,
      linewrap: true,
      gracefulExit: false,
    },
    Presets.rect,
  );
  const started = performance.now();
  let known = 0;
  let done = 0;
  let isShown = false;
  const show = (): void => {
    if (!isShown) bar.start(total, done, { known, rate: '-', left: '' });
    isShown = true;
  };
  if (!onlyIfLong) show();
  return {
    add: (count, options) => {
      done += count;
      if (options?.known) known += count;
      const elapsedMs = performance.now() - started;
      if (elapsedMs >= LONG_MS) show();
      if (!isShown) return;
      const rate = ratePerSecond(done - known, elapsedMs);
      bar.update(done, { known, rate: rate.toFixed(1), left: timeLeft(total - done, rate) });
    },
    stop: () => {
      if (isShown) bar.stop();
    },
  };
}

function startLines(
  { label, total, cached, onlyIfLong }: Task,
  stream: NodeJS.WriteStream,
  now: () => number,
): Progress {
  const started = now();
  let lastLine = started;
  let known = 0;
  let done = 0;
  return {
    add: (count, options) => {
      done += count;
      if (options?.known) known += count;
      if (done === total || now() - lastLine < LINE_EVERY_MS) return;
      lastLine = now();
      const rate = ratePerSecond(done - known, lastLine - started);
      const left = timeLeft(total - done, rate);
      stream.write(`${label}: ${done} of ${total}, ${rate.toFixed(1)}/s${left === '' ? '' : `, ${left}`}\n`);
    },
    stop: () => {
      if (onlyIfLong && lastLine === started) return;
      const seconds = (now() - started) / 1000;
      const fromCache = cached ? `, ${known} of them known from the cache` : '';
      stream.write(`${label}: ${done} of ${total} in ${seconds.toFixed(1)} s${fromCache}\n`);
    },
  };
}

function ratePerSecond(count: number, elapsedMs: number): number {
  return elapsedMs > 0 ? (count * 1000) / elapsedMs : 0;
}

/** Of what is left to encode; empty while nothing was. cli-progress's own estimate would count the known ones as work. */
function timeLeft(remaining: number, rate: number): string {
  if (rate === 0 || remaining === 0) return '';
  const seconds = Math.ceil(remaining / rate);
  return seconds < 100 ? `about ${seconds} s left` : `about ${Math.ceil(seconds / 60)} min left`;
}
