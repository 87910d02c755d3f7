/** What came of one case. */
export interface Outcome {
  /** `refused`: with a code of the contract and the right blame; `answered`: what was tried is still valid, and so is the answer. */
  readonly verdict: 'refused' | 'answered' | 'fault';
  /** Of a fault: what was expected and what came, on one line. */
  readonly why?: string;
  /** What the case cost, in milliseconds of CPU of whatever answered it. */
  readonly cpuMs: number;
  /** Bytes of the answer; 0 where there is none. */
  readonly answerBytes: number;
  /** Something internal that the answer told, as told. */
  readonly leak?: string;
}

/** A case that did not hold, so that it can be tried again alone. */
export interface Failure {
  readonly class: string;
  readonly number: number;
  readonly why: string;
}

/** The bounds that every case is held to. CPU counts the process that answers, with all its threads. */
export const BOUNDS = {
  /** Milliseconds of CPU of a refusal. */
  refusedCpuMs: 1_000,
  /** Milliseconds of CPU of an answer to what is valid, and of one file that is decoded or read in a thread of Node. */
  answeredCpuMs: 5_000,
  /** Bytes of the answer to a refusal. */
  refusalBytes: 64 * 1024,
  /** Milliseconds in which another caller's `{ __typename }`, sent beside a case, is answered. */
  otherCallerMs: 5_000,
  /** Milliseconds without an answer after which a case hangs. */
  hangMs: 30_000,
  /** The same for a command, which loads its libraries first; on a busy machine that takes long. */
  commandMs: 120_000,
  /** MiB by which the server's memory may have grown in the end. */
  grownMiB: 512,
  /** MiB that this process, with all its threads, may have held at any moment. */
  threadsMiB: 3_072,
  /** MiB of JavaScript's heap in a thread that reads files. */
  threadHeapMiB: 512,
} as const;

/** One row of the table. */
export interface Row {
  readonly class: string;
  readonly tried: number;
  readonly refused: number;
  readonly answered: number;
  readonly faults: number;
  readonly slowestCpuMs: number;
  readonly largestAnswerBytes: number;
  readonly restarts: number;
  readonly leaks: number;
  readonly holds: boolean;
}

export function emptyRow(name: string): Row {
  return {
    class: name,
    tried: 0,
    refused: 0,
    answered: 0,
    faults: 0,
    slowestCpuMs: 0,
    largestAnswerBytes: 0,
    restarts: 0,
    leaks: 0,
    holds: true,
  };
}

/** The row with one outcome more. */
export function addOutcome(row: Row, outcome: Outcome, restarts: number): Row {
  const { verdict, cpuMs, answerBytes, leak } = outcome;
  return {
    class: row.class,
    tried: row.tried + 1,
    refused: row.refused + Number(verdict === 'refused'),
    answered: row.answered + Number(verdict === 'answered'),
    faults: row.faults + Number(verdict === 'fault'),
    slowestCpuMs: Math.max(row.slowestCpuMs, Math.round(cpuMs)),
    largestAnswerBytes: Math.max(row.largestAnswerBytes, answerBytes),
    restarts: row.restarts + restarts,
    leaks: row.leaks + Number(leak !== undefined),
    holds: row.holds && verdict !== 'fault' && leak === undefined && restarts === 0,
  };
}
