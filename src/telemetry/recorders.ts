import { AppError } from '../errors.ts';
import { type AnalyticsDataset, createAnalyticsRecorder } from './analytics.ts';
import { type RequestLogMode, createRequestLog, writeLog } from './log.ts';
import { type Metrics, createMemoryRecorder, createMetrics } from './metrics.ts';
import type { CountedRequest, Recorder } from './recorder.ts';

/** What takes note of the requests of one isolate. */
export interface Telemetry {
  /** Counts in `metrics`. */
  readonly counter: Recorder<CountedRequest>;
  /** Outside of this isolate; none where the log is off and METRICS is not bound. */
  readonly recorders: readonly Recorder[];
  /** Of this isolate alone. */
  readonly metrics: Metrics;
}

const MODES: readonly RequestLogMode[] = ['all', 'errors', 'off'];
const telemetryByEnv = new WeakMap<object, Telemetry>();

/**
 * REQUEST_LOG: which requests get a line in the log; `all` when it is absent.
 * @throws AppError INTERNAL naming the variable and what was expected
 */
export function readRequestLog(env: object): RequestLogMode {
  const written: unknown = (env as { readonly REQUEST_LOG?: unknown }).REQUEST_LOG ?? 'all';
  const mode = MODES.find((known) => known === written);
  if (mode !== undefined) return mode;
  throw new AppError(
    'INTERNAL',
    `REQUEST_LOG is ${JSON.stringify(written)}: expected "all", "errors" or "off"`,
  );
}

/**
 * The recorders of a Worker's bindings: this isolate's memory, the log, and Analytics Engine where METRICS is bound. Built once an
 * isolate.
 */
export function telemetryOf(env: object, commit: string | null): Telemetry {
  const known = telemetryByEnv.get(env);
  if (known) return known;
  const metrics = createMetrics();
  const mode = readMode(env);
  const recorders = mode === 'off' ? [] : [createRequestLog(mode)];
  const { METRICS: dataset } = env as { readonly METRICS?: AnalyticsDataset };
  if (dataset !== undefined) recorders.push(createAnalyticsRecorder(dataset, commit));
  const telemetry = { counter: createMemoryRecorder(metrics), recorders, metrics };
  telemetryByEnv.set(env, telemetry);
  return telemetry;
}

/** A wrong variable must not take the answers away; /ready says it too. */
function readMode(env: object): RequestLogMode {
  try {
    return readRequestLog(env);
  } catch (error) {
    writeLog('error', 'configuration', { hint: error instanceof Error ? error.message : String(error) });
    return 'all';
  }
}
