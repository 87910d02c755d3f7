import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { findBug } from '../errors.ts';
import { describeError, writeLog } from '../../telemetry/log.ts';
import { traceOf } from '../../telemetry/request-trace.ts';

/**
 * Notes what an operation is called, and writes bugs to the log, under the id of the request that met them.
 * Registered before what may end an operation, and before what rewrites errors.
 */
export const tracePlugin: Plugin<{ request: Request }> = {
  onParams({ request, params }) {
    const trace = traceOf(request);
    if (trace && typeof params.operationName === 'string') trace.operation = params.operationName;
  },
  onExecute({ args }) {
    const { request } = args.contextValue as { readonly request: Request };
    const trace = traceOf(request);
    if (trace) trace.operation ??= getOperationAST(args.document, args.operationName)?.name?.value ?? null;
  },
  onResultProcess({ request, result }) {
    if (Array.isArray(result) || !('errors' in result) || !result.errors) return;
    for (const error of result.errors) {
      const bug = findBug(error);
      if (bug !== undefined) {
        writeLog('error', 'bug', {
          requestId: traceOf(request)?.requestId ?? null,
          ...describeError(bug.cause),
        });
      }
    }
  },
};
