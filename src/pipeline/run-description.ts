import type { EncoderInfo } from '../clip/encoder-info.ts';
import type { EncodeLimits } from './encode-part.ts';
import type { RunRequest } from './run-request.ts';

/** A run as it was asked for. */
export interface RunDescription {
  readonly version: 1;
  readonly id: string;
  readonly request: RunRequest;
  readonly prefix: string;
  readonly encoder: Pick<EncoderInfo, 'id' | 'fingerprint' | 'dim'>;
  /** Of the pictures that it takes, as the Worker was configured when it was started; larger ones are skipped rows. Absent in runs of before. */
  readonly limits?: EncodeLimits;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** At its start; in runs of before one more with every resumption. The state counts on. */
  readonly attempts: number;
}

/** Of the Workflow's instance: it must be a new one after one has ended. */
export function instanceId(id: string, attempt: number): string {
  return `${id}-${attempt}`;
}

export function attemptOfInstance(instance: string): number {
  return Number(instance.slice(instance.lastIndexOf('-') + 1));
}
