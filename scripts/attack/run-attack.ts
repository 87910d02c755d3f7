import type { CommandOutput } from '../cli/output.ts';
import type { Progress } from '../cli/progress.ts';
import { type AttackClass, planCases } from './classes.ts';
import { type HttpLane, openHttpLane } from './http-lane.ts';
import { BOUNDS, type Failure, type Outcome, type Row, addOutcome, emptyRow } from './outcome.ts';
import { type ServerProcess, findServerProcess } from './server-processes.ts';
import type { Target } from './target.ts';
import { openThreadLane } from './thread-lane.ts';

export interface AttackOptions {
  readonly classes: readonly AttackClass[];
  readonly cases: number;
  readonly seed: number;
  /** Only the case of this number in each class. */
  readonly number?: number;
}

/** What an attack gives. */
export interface AttackResult {
  readonly seed: number;
  readonly cases: number;
  readonly holds: boolean;
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
  /** MiB of workerd after the first fifth of the cases over HTTP and after the last; null where the operating system does not tell. */
  readonly memory: {
    readonly beforeMiB: number;
    readonly afterMiB: number;
    readonly boundMiB: number;
  } | null;
  /** MiB that this process, whose threads decode and read, held at most. */
  readonly threads: { readonly peakMiB: number; readonly boundMiB: number };
  /** Milliseconds that another caller's `{ __typename }` waited at most. */
  readonly slowestOtherCallerMs: number;
  readonly seconds: number;
}

/** More are counted and not listed. */
const MAX_FAILURES = 100;

/** Tries every class on the target. Classes over HTTP go one case after the other; threads work beside them. */
export async function runAttack(
  target: Target,
  options: AttackOptions,
  output: CommandOutput,
): Promise<AttackResult> {
  const { classes, cases, seed } = options;
  const from = performance.now();
  const server = findServerProcess(Number(new URL(target.origin).port));
  if (server === null)
    output.tell(
      'Note: the processes of the server are not seen, so neither are their CPU, memory and restarts.',
    );
  const lane = await openHttpLane(target, server, seed);
  const plan = planCases(classes, cases);
  const total = [...plan.values()].reduce((sum, count) => sum + count, 0);
  const run = new Run(
    options,
    output.startProgress('cases', options.number === undefined ? total : classes.length),
    output.tell,
  );
  await warmUp(lane);
  let settledMiB = server?.memoryMiB() ?? 0;
  const inThreads = async (): Promise<void> => {
    for (const [attackClass, count] of plan) await run.tryInThread(attackClass, count);
  };
  const overHttp = async (): Promise<void> => {
    const numbers = new Map([...plan].map(([one, count]) => [one, numbersOf(count, options.number)]));
    for (const [one, all] of numbers) await run.tryOverHttp(one, all.slice(0, settling(all)), lane);
    settledMiB = server?.memoryMiB() ?? 0;
    for (const [one, all] of numbers) await run.tryOverHttp(one, all.slice(settling(all)), lane);
  };
  await Promise.all([inThreads(), overHttp()]);
  run.progress.stop();
  const memory = server === null ? null : await memoryOf(server, settledMiB);
  lane.close();
  const rows = run.rows();
  const slowestOtherCallerMs = Math.round(lane.slowestOtherMs());
  const threads = { peakMiB: Math.round(process.resourceUsage().maxRSS / 1024), boundMiB: BOUNDS.threadsMiB };
  const holds =
    rows.every((row) => row.holds) &&
    threads.peakMiB <= threads.boundMiB &&
    (memory === null || memory.afterMiB - memory.beforeMiB <= memory.boundMiB);
  const seconds = Math.round((performance.now() - from) / 1000);
  return {
    seed,
    cases: rows.reduce((sum, { tried }) => sum + tried, 0),
    holds,
    rows,
    failures: run.failures,
    memory,
    threads,
    slowestOtherCallerMs,
    seconds,
  };
}

class Run {
  readonly #options: AttackOptions;
  readonly #tell: (line: string) => void;
  readonly #rows = new Map<string, Row>();
  readonly progress: Progress;
  readonly failures: Failure[] = [];

  constructor(options: AttackOptions, progress: Progress, tell: (line: string) => void) {
    this.#options = options;
    this.progress = progress;
    this.#tell = tell;
  }

  async tryOverHttp(attackClass: AttackClass, numbers: readonly number[], lane: HttpLane): Promise<void> {
    if (attackClass.lane !== 'http') return;
    const { name, makeRequest } = attackClass;
    for (const number of numbers) {
      const outcome = await lane.tryCase(makeRequest, name, number);
      this.add(name, number, outcome, lane.takeRestarts());
    }
  }

  async tryInThread({ name, lane: kind }: AttackClass, count: number): Promise<void> {
    if (kind !== 'thread') return;
    const lane = openThreadLane(name, this.#options.seed);
    for (const number of numbersOf(count, this.#options.number))
      this.add(name, number, await lane.tryCase(number));
    await lane.close();
  }

  add(name: string, number: number, outcome: Outcome, restarts = 0): void {
    this.#rows.set(name, addOutcome(this.#rows.get(name) ?? emptyRow(name), outcome, restarts));
    this.progress.add(1);
    const why =
      restarts > 0 ? `the server was restarted; ${outcome.why ?? ''}` : (outcome.why ?? leakOf(outcome));
    if (why === undefined || this.failures.length >= MAX_FAILURES) return;
    this.failures.push({ class: name, number, why });
    this.#tell(`${name} ${number} (seed ${this.#options.seed}): ${why}`);
  }

  rows(): Row[] {
    return this.#options.classes.map(({ name }) => this.#rows.get(name) ?? emptyRow(name));
  }
}

function leakOf({ leak }: Outcome): string | undefined {
  return leak === undefined ? undefined : `leaks ${leak}`;
}

/**
 * Of the cases over HTTP of every class: before memory is compared each engine has compiled what it runs, and each heap has the size
 * that its garbage gives it. A fresh server of 280 MiB comes to 650 within 10,000 requests and stays there for 16,000 more.
 */
const SETTLING_SHARE = 0.2;

function settling({ length }: readonly number[]): number {
  return Math.ceil(length * SETTLING_SHARE);
}

function numbersOf(count: number, only: number | undefined): number[] {
  return only === undefined ? Array.from({ length: count }, (_, number) => number) : [only];
}

/** Models are loaded and pages compiled before memory is compared. */
async function warmUp(lane: HttpLane): Promise<void> {
  const encoder = new TextEncoder();
  const query =
    '{ embedTexts(texts: ["a badger"]) { __typename } search(corpus: "samples", text: { text: "a" }) { scanned } }';
  await lane.tryCase(
    () => ({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json' },
      body: encoder.encode(JSON.stringify({ query })),
    }),
    'warm-up',
    0,
  );
}

async function memoryOf(
  server: ServerProcess,
  beforeMiB: number,
): Promise<NonNullable<AttackResult['memory']>> {
  return {
    beforeMiB: Math.round(beforeMiB),
    afterMiB: Math.round(server.memoryMiB()),
    boundMiB: BOUNDS.grownMiB,
  };
}
