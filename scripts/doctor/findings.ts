import { AppError } from '../../src/errors.ts';
import { isOutage } from '../../src/storage/kv-calls.ts';
import { explainSystemError } from '../cli/system-error.ts';
import type { Orphan, Problem } from './storage-report.ts';

/** What a walk has found so far. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly orphans: Orphan[] = [];
  bytes = 0;

  add(problem: Problem): void {
    this.problems.push(problem);
  }

  /** And what a walk of a part has found. */
  take({ problems, orphans, bytes }: Findings): void {
    this.problems.push(...problems);
    this.orphans.push(...orphans);
    this.bytes += bytes;
  }

  /**
   * What reading gives; null, and a problem, when the value is there and damaged or is not there.
   * @throws what is no fault of the value: storage that does not answer
   */
  async read<T>(
    where: Pick<Problem, 'namespace' | 'key' | 'do'>,
    load: () => Promise<T | null>,
  ): Promise<T | null> {
    try {
      const value = await load();
      if (value === null) this.add({ ...where, kind: 'missing', what: 'it is named, and not there' });
      return value;
    } catch (error) {
      if (!(error instanceof AppError) || explainSystemError(error) !== null || isOutage(error)) throw error;
      const kind = / here yet; try again$/.test(error.message) ? 'missing' : 'damaged';
      this.add({ ...where, kind, what: error.message });
      return null;
    }
  }
}
