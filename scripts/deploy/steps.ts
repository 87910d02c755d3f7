import { tell } from '../cli/messages.ts';

/** What a step found or did. */
export type Did =
  'found' | 'created' | 'written' | 'unchanged' | 'set' | 'uploaded' | 'published' | 'skipped' | 'checked';

export interface Step {
  readonly step: string;
  readonly did: Did;
  readonly what: string;
}

/** Tells each step on stderr as it is done, and keeps it for the summary. */
export class Steps {
  readonly #done: Step[] = [];

  add(step: string, did: Did, what: string): void {
    this.#done.push({ step, did, what });
    tell(`${step}: ${did}, ${what}`);
  }

  get done(): readonly Step[] {
    return this.#done;
  }
}
