import { readEmbeddingCacheVars } from '../clip/config.ts';
import { fromBase64 } from '../clip/base64.ts';
import { assertDoorVars } from '../access/admit.ts';
import { AppError, quote } from '../errors.ts';
import { inTime } from '../in-time.ts';
import type { Check } from '../rest/health.ts';
import { readCorpusMemory } from '../search/memory-budget.ts';
import { readOperationList } from '../storage/operation-list.ts';
import { StaleCache } from '../storage/stale-cache.ts';
import { writeLog } from '../telemetry/log.ts';
import { readRequestLog } from '../telemetry/recorders.ts';
import type { WorkerContext } from './request-notes.ts';
import { isOwnEncoder } from '../use-cases/inputs/own-encoder.ts';
import { type Services, servicesOf } from '../use-cases/services.ts';
import { readSwitches, switchesOf } from './switches.ts';

/** How long an isolate answers /ready with what it found: asking often finds out nothing more, and costs nothing more. */
const FOUND_FOR_MS = 5_000;
/** How long an encoder that has answered counts as one that answers; one that has not is asked again with the next finding. */
const ENCODER_FOUND_FOR_MS = 60_000;
const STORAGE_DEADLINE_MS = 2_000;
const ENCODER_DEADLINE_MS = 5_000;
/** Of one that has not answered yet: it may be loading its model, which takes a busy machine longer. */
const COLD_ENCODER_DEADLINE_MS = 20_000;
/** Over the deadlines of all checks, one after the other: they never reach it. */
const ALL_DEADLINE_MS = 30_000;
/** What everything without a name is answered from. */
const DEFAULT_SELECTION = 'default';
/** Nothing is ever written there: that KV answers is what counts. */
const PROBE_KEY = 'ready';
/** A picture of 32 x 32 pixels in four colours, as PNG. */
const PROBE_PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAM0lEQVR42u3NQQ0AMAgEMOQgEYkomY5puCdJk/5bbzq0kRIIBALBiaCnQxsRCAQCwYngAz7W3Eyenry+AAAAAElFTkSuQmCC';
const PROBE_TEXT = 'a picture';

/** What a check found wrong: `message` for everybody, `hint` for the operator. */
interface Finding {
  readonly message: string;
  readonly hint: string | null;
}

type Found = Finding | null;

/** What reads the deployment's variables and bindings, and throws an AppError that names the one that is wrong. */
const CONFIGURATION: readonly ((env: Env, services: Services) => unknown)[] = [
  assertDoorVars,
  readRequestLog,
  readSwitches,
  (_env, { encoders }) => encoders(),
  (_env, { maxPixels }) => maxPixels(),
  (_env, { imageHosts }) => imageHosts(),
  (_env, { maxCost }) => unlessError(maxCost()),
  readEmbeddingCacheVars,
  readCorpusMemory,
  (env) => requireKv(env, 'SELECTIONS'),
  (env) => requireKv(env, 'CORPORA'),
];

const findings = new WeakMap<Env, { readonly checks: StaleCache<Check[]>; readonly encoder: LastAnswer }>();

/** When the encoder gave vectors last, as Date.now. Nothing older than `ENCODER_FOUND_FOR_MS` counts: an encoder that died must show. */
interface LastAnswer {
  at: number;
}

/**
 * Whether the service can answer: its configuration is valid, KV answers, `default` loads, the list of operations is one where only
 * listed ones are answered, and the encoder is the one that `default`
 * was made for and gives vectors. Found out at most every 5 s an isolate, however many ask; the encoder is asked for one vector a
 * minute. Never rejects.
 */
export async function readinessOf(env: Env, ctx: WorkerContext['ctx']): Promise<readonly Check[]> {
  let caches = findings.get(env);
  if (caches === undefined) {
    const checks = new StaleCache<Check[]>({
      ttlMs: FOUND_FOR_MS,
      maxStaleMs: FOUND_FOR_MS,
      maxKeys: 1,
      now: Date.now,
      deadlineMs: ALL_DEADLINE_MS,
    });
    caches = { checks, encoder: { at: -Infinity } };
    findings.set(env, caches);
  }
  const { checks, encoder } = caches;
  const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
  return (await checks.get('checks', () => findOut(env, encoder, waitUntil), waitUntil)) ?? [];
}

async function findOut(
  env: Env,
  encoder: LastAnswer,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Check[]> {
  const services = servicesOf(env);
  const checks = await Promise.all([
    check('configuration', () => findConfiguration(env, services)),
    check('storage', () => findStorage(env)),
    check('selection', () => findSelection(services, waitUntil)),
    check(
      'encoder',
      () => findEncoder(services, encoder, waitUntil),
      () => services.encoders().description,
    ),
  ]);
  if (switchesOf(env).persisted === 'only') checks.push(await check('operations', () => findOperations(env)));
  for (const { name, ok, message, hint } of checks) {
    if (!ok) writeLog('error', 'not ready', { check: name, message, hint });
  }
  return checks;
}

/** @param describe what the operator is told when all is well */
async function check(name: string, find: () => Promise<Found>, describe?: () => string): Promise<Check> {
  const start = Date.now();
  const found = await find().catch(toFinding);
  const ms = Date.now() - start;
  if (found === null) return { name, ok: true, ms, message: null, hint: describe?.() ?? null };
  return { name, ok: false, ms, message: found.message, hint: found.hint };
}

/** A message of INTERNAL is the operator's; those of other codes are for callers. */
function toFinding(error: unknown): Finding {
  if (error instanceof AppError && error.code !== 'INTERNAL') return { message: error.message, hint: null };
  return {
    message: 'It could not be checked.',
    hint: error instanceof Error ? error.message : String(error),
  };
}

async function findConfiguration(env: Env, services: Services): Promise<Found> {
  const hints: string[] = [];
  for (const read of CONFIGURATION) {
    try {
      read(env, services);
    } catch (error) {
      hints.push(error instanceof Error ? error.message : String(error));
    }
  }
  return hints.length === 0 ? null : { message: 'The configuration is not valid.', hint: hints.join('; ') };
}

function unlessError<T>(value: T | AppError): T {
  if (value instanceof AppError) throw value;
  return value;
}

function requireKv(env: Env, binding: 'SELECTIONS' | 'CORPORA'): void {
  const kv: unknown = env[binding];
  if (typeof kv === 'object' && kv !== null && 'get' in kv) return;
  throw new AppError('INTERNAL', `The binding ${binding} is missing: wrangler.toml needs [[kv_namespaces]]`);
}

async function findStorage({ SELECTIONS, CORPORA }: Env): Promise<Found> {
  const reads = Promise.all([SELECTIONS.get(PROBE_KEY), CORPORA.get(PROBE_KEY)]).then(() => null);
  try {
    return await inTime(reads, STORAGE_DEADLINE_MS);
  } catch (error) {
    return {
      message: 'Storage does not answer.',
      hint: `KV: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

/** The list without which nothing is answered at /graphql: as it is stored, since a new isolate has no earlier one. */
async function findOperations({ SELECTIONS }: Env): Promise<Found> {
  try {
    await inTime(readOperationList(SELECTIONS), STORAGE_DEADLINE_MS);
    return null;
  } catch (error) {
    return {
      message: 'The list of operations cannot be read: GraphQL answers nothing.',
      hint: `PERSISTED_OPERATIONS is "only", operations:v1:list in SELECTIONS: ${causeOf(error)}`,
    };
  }
}

async function findSelection(
  { selections }: Services,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Found> {
  const found = await selections.read(DEFAULT_SELECTION, waitUntil);
  return found === null
    ? {
        message: `No selection is published as ${quote(DEFAULT_SELECTION)}.`,
        hint: 'Publish one: npm run -s publish -- DIR --remote',
      }
    : null;
}

/** Its configuration against `default`, then whether it gives vectors of that length. */
async function findEncoder(
  services: Services,
  last: LastAnswer,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Found> {
  const { info } = services.encoders();
  const selection = await services.selections.read(DEFAULT_SELECTION, waitUntil);
  if (selection !== null) {
    const { encoder, model } = selection.record;
    if (!isOwnEncoder({ ...encoder, dim: model.dim }, info)) {
      return {
        message: `The encoder is not the one that ${quote(DEFAULT_SELECTION)} was made for.`,
        hint:
          `ENCODER_ID, ENCODER_DIM and the fingerprint are ${info.id}, ${info.dim}, ${info.fingerprint}; ` +
          `the record has ${encoder.id}, ${model.dim}, ${encoder.fingerprint}`,
      };
    }
  }
  if (Date.now() - last.at < ENCODER_FOUND_FOR_MS) return null;
  try {
    const deadlineMs = last.at === -Infinity ? COLD_ENCODER_DEADLINE_MS : ENCODER_DEADLINE_MS;
    await inTime(askEncoder(services), deadlineMs);
    last.at = Date.now();
    return null;
  } catch (error) {
    return {
      message: 'The encoder gives no embeddings.',
      hint: `${services.encoders().description}: ${causeOf(error)}`,
    };
  }
}

/** What callers are told leaves out what only the operator may know; its cause has it. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

/** One picture to the encoder; a text too where texts take the same way. @throws what it fails with */
async function askEncoder({ encoders }: Services): Promise<void> {
  const { images, text, textRoute, verify } = encoders();
  await verify();
  const results = await images.encodeImages([fromBase64(PROBE_PICTURE) ?? new Uint8Array()]);
  if (textRoute !== 'worker') results.push(...(await text.encodeTexts([PROBE_TEXT])));
  const failure = results.find((result) => result instanceof AppError);
  if (failure) throw failure;
}
