import type { Admission } from '../access/caller.ts';
import { lacksScopes } from '../access/refusal.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { PROMETHEUS_TYPE } from '../telemetry/prometheus-text.ts';
import { writePrometheus } from '../telemetry/prometheus.ts';
import type { Build } from './health.ts';
import { problemResponse } from './problem.ts';

const NEEDED = new Set(['admin'] as const);

/** GET of /metrics, for who has the scope `admin`: what this isolate has counted since it started, in Prometheus' text format. */
export function answerMetrics(
  request: Request,
  admission: Admission,
  metrics: Metrics,
  build: Build,
): Response {
  if (admission.kind === 'refused') return problemResponse(admission);
  const refusal = lacksScopes(admission, NEEDED);
  if (refusal !== null) return problemResponse(refusal);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new Response('Expected GET or HEAD.\n', { status: 405, headers: { allow: 'GET, HEAD' } });
  }
  return new Response(request.method === 'HEAD' ? null : writePrometheus(metrics, build), {
    headers: { 'content-type': PROMETHEUS_TYPE },
  });
}
