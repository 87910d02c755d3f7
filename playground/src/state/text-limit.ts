import type { Failure } from '../api/failure.ts';
import type { DeploymentLimits } from '../api/operations.ts';

/** Say before sending that a list is longer than the API takes; null when it is not, or the limits are not known yet. */
export function tooManyTexts(count: number, limits: DeploymentLimits | null): Failure | null {
  if (limits === null) return null;
  const most = Math.min(limits.texts, limits.encodedTexts);
  if (count <= most) return null;
  return {
    code: 'TOO_MUCH',
    message: `${count} captions; this API takes up to ${most} in one request. Remove ${count - most}.`,
    retryable: false,
  };
}
