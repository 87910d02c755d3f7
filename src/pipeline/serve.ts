import { admit } from '../access/admit.ts';
import { mayAdminister } from '../access/caller.ts';
import { AppError, statusOf } from '../errors.ts';
import { listObjects } from './bucket.ts';
import { dataKeys, numberOfKey, runKeys } from './keys.ts';
import {
  UnknownRunError,
  cancelRun,
  listRuns,
  requireRun,
  requireStatus,
  resumeRun,
  startRun,
} from './runs.ts';

const MAX_BODY_BYTES = 64 * 1024;
const RUN_PATH =
  /^\/runs\/([0-9a-f]{32})(?:\/(cancel|resume|selection|shards(?:\/(\d+)\/(image\.npy|text\.npy|metadata\.parquet))?))?$/;

/** The pipeline's own door: runs are started, told and ended here, by callers of the scope admin. */
export async function servePipeline(
  request: Request,
  env: PipelineEnv,
  ctx: ExecutionContext,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === '/health') return Response.json({ service: 'alignql-pipeline' });
  const admission = await admit(request, env, ctx);
  if (admission.kind === 'refused') {
    return problem(admission.status, admission.code, admission.message, admission.headers);
  }
  if (!mayAdminister(admission)) return problem(403, 'FORBIDDEN', 'Runs are for keys of the scope admin.');
  try {
    return await answer(request, env, pathname);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const status = error instanceof UnknownRunError ? 404 : statusOf(error.code);
    return problem(status, error.code, error.message);
  }
}

async function answer(request: Request, env: PipelineEnv, pathname: string): Promise<Response> {
  const { method } = request;
  if (pathname === '/runs') {
    if (method === 'GET') return Response.json({ runs: await listRuns(env) });
    if (method !== 'POST') return notAllowed('GET, POST');
    const { status, created } = await startRun(env, await readBody(request));
    return Response.json(status, { status: created ? 201 : 200 });
  }
  const [, id, action, shard, file] = RUN_PATH.exec(pathname) ?? [];
  if (id === undefined) {
    return problem(404, 'BAD_INPUT', `There is nothing at ${pathname}: a run has 32 hex digits.`);
  }
  const isAct = action === 'cancel' || action === 'resume';
  if (method !== (isAct ? 'POST' : 'GET')) return notAllowed(isAct ? 'POST' : 'GET');
  switch (action) {
    case undefined:
      return Response.json(await requireStatus(env, id));
    case 'cancel':
      return Response.json(await cancelRun(env, id));
    case 'resume':
      return Response.json(await resumeRun(env, id));
    case 'selection':
      return answerObject(env.RUNS, runKeys.record((await requireRun(env, id)).id));
    case 'shards':
      return Response.json({ shards: await listShards(env, id) });
    default:
      return answerShardFile(env, id, Number(shard), file);
  }
}

async function readBody(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.length > MAX_BODY_BYTES)
    throw new AppError('LIMIT_EXCEEDED', `expected at most ${MAX_BODY_BYTES} characters`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError(
      'BAD_INPUT',
      'expected a JSON object with the dataset, such as {"dataset": "r2://alignql-datasets/photos"}',
      { cause },
    );
  }
}

interface ListedShard {
  readonly number: number;
  readonly hash: string;
  readonly pairs: number;
}

/** Those that are done, in order. */
async function listShards(env: PipelineEnv, id: string): Promise<ListedShard[]> {
  await requireRun(env, id);
  const shards: ListedShard[] = [];
  for await (const { key, customMetadata = {} } of listObjects(env.RUNS, runKeys.shardPrefix(id), {
    metadata: true,
  })) {
    shards.push({
      number: numberOfKey(key),
      hash: customMetadata.hash ?? '',
      pairs: Number(customMetadata.pairs),
    });
  }
  return shards;
}

async function answerShardFile(
  env: PipelineEnv,
  id: string,
  number: number,
  file: string,
): Promise<Response> {
  await requireRun(env, id);
  const marker = await env.RUNS.head(runKeys.shard(id, number));
  const hash = marker?.customMetadata?.hash;
  if (hash === undefined) return problem(404, 'BAD_INPUT', `Run ${id} has no shard ${number} yet.`);
  const keyOf = {
    'image.npy': dataKeys.images,
    'text.npy': dataKeys.texts,
    'metadata.parquet': dataKeys.metadata,
  };
  return answerObject(env.RUNS, keyOf[file as keyof typeof keyOf](hash));
}

async function answerObject(bucket: R2Bucket, key: string): Promise<Response> {
  const object = await bucket.get(key);
  if (object === null) return problem(404, 'BAD_INPUT', `${key} is not there yet.`);
  return new Response(object.body, {
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(object.size) },
  });
}

function notAllowed(allow: string): Response {
  return problem(405, 'BAD_INPUT', `Expected ${allow}.`, { allow });
}

function problem(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ code, message }, { status, headers });
}
