import type { Refusal } from '../access/caller.ts';
import { BadRequest } from '../body/bad-request.ts';
import { AppError, type ErrorCode, statusOf } from '../errors.ts';
import { describeError, writeLog } from '../telemetry/log.ts';

/** Why a request is not answered, before it is worded as its route words errors. */
export interface Failure {
  readonly code: ErrorCode;
  readonly status: number;
  /** For the caller: nothing internal is in it. */
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The field of the request that is wrong, where that is known. */
  readonly param: string | null;
}

/** A refusal of the door, on its way to the route's wording. */
export class Refused extends Error {
  readonly refusal: Pick<Refusal, 'code' | 'status' | 'message' | 'retryable' | 'headers'>;

  constructor(refusal: Refused['refusal']) {
    super(refusal.message);
    this.name = 'Refused';
    this.refusal = refusal;
  }
}

/** What the caller gets to know of an error. A bug goes to the log under the request's id, and is masked. */
export function failureOf(error: unknown, requestId: string): Failure {
  if (error instanceof Refused) return { ...error.refusal, retryAfterSeconds: null, param: null };
  if (error instanceof BadRequest) return ofBadRequest(error);
  if (error instanceof AppError && error.code !== 'INTERNAL') return ofAppError(error);
  writeLog('error', 'bug', { requestId, ...describeError(error) });
  return {
    code: 'INTERNAL',
    status: statusOf('INTERNAL'),
    message: 'Unexpected error.',
    retryable: false,
    retryAfterSeconds: null,
    headers: {},
    param: null,
  };
}

/** HTTP's mistakes have a name of their own in GraphQL; here they are a bad input, or a limit. */
function ofBadRequest({ code, status, message, headers }: BadRequest): Failure {
  return {
    code: code === 'LIMIT_EXCEEDED' ? code : 'BAD_INPUT',
    status,
    message,
    retryable: false,
    retryAfterSeconds: null,
    headers,
    param: null,
  };
}

function ofAppError(error: AppError): Failure {
  const { code, message, retryable, retryAfterSeconds } = error;
  return {
    code,
    status: statusOf(code),
    message,
    retryable,
    retryAfterSeconds,
    headers: retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) },
    param: 'param' in error && typeof error.param === 'string' ? error.param : null,
  };
}
