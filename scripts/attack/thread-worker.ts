import { parentPort, workerData } from 'node:worker_threads';
import { redirectConsole } from '../cli/messages.ts';
import { caseRandom } from './case-random.ts';
import { findLeak, secretsOf } from './leaks.ts';
import { BOUNDS, type Outcome } from './outcome.ts';
import { THREAD_CASES, type ThreadCase } from './thread-cases.ts';

/** A thread that tries the cases it is given, one after the other, and posts each outcome. */
const { className, seed } = workerData as { readonly className: string; readonly seed: number };
const tryCase = THREAD_CASES[className];
const secrets = secretsOf([]);

redirectConsole();
parentPort?.on('message', (number: number) => {
  void outcomeOf(tryCase, number).then((outcome) => parentPort?.postMessage(outcome));
});

async function outcomeOf(work: ThreadCase, number: number): Promise<Outcome> {
  const before = process.threadCpuUsage();
  const cpuMs = (): number => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };
  try {
    const { refusal } = await work(caseRandom(seed, className, number));
    const leak = refusal === null ? null : findLeak(refusal, { sent: '', secrets, marker: '' });
    const outcome = { cpuMs: cpuMs(), answerBytes: refusal?.length ?? 0, ...(leak === null ? {} : { leak }) };
    if (outcome.cpuMs > BOUNDS.answeredCpuMs) {
      return { ...outcome, verdict: 'fault', why: `${Math.round(outcome.cpuMs)} ms of CPU` };
    }
    return { ...outcome, verdict: refusal === null ? 'answered' : 'refused' };
  } catch (error) {
    const why =
      error instanceof Error
        ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' ')
        : String(error);
    return { verdict: 'fault', why, cpuMs: cpuMs(), answerBytes: 0 };
  }
}
