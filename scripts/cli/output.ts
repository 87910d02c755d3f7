import type { StartProgress } from './progress.ts';

/** Where a person reads along; both may be silent. */
export interface CommandOutput {
  readonly startProgress: StartProgress;
  readonly tell: (line: string) => void;
}
