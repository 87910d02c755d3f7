import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../src/errors.ts';
import { takeTurns } from '../../src/take-turns.ts';
import type { KvKeyList } from '../../src/storage/kv-calls.ts';
import type { ByteStream, KvEntry } from '../../src/storage/corpus-kv.ts';
import type { EndedProgram } from '../cli/run-node.ts';
import type { Namespace } from './deployment.ts';
import type { ProjectKv, PutOptions } from './local-kv.ts';
import { runWrangler } from './wrangler.ts';
import { ACCOUNT_HINTS, errorOf, hintFor } from './wrangler-error.ts';

/** Of `wrangler kv bulk put`: 10,000 pairs and 100 MB a call; base64 takes four bytes for three. */
const MAX_BULK_PAIRS = 10_000;
const MAX_BULK_BYTES = 60_000_000;
/** Processes of wrangler that read at once, of all namespaces: each takes some 100 MB, and is busy for most of a second. */
const inTurn = takeTurns(4);
/** What `wrangler kv key get` prints, with exit code 0, for a key that local KV does not hold. No value of ours is this. */
const LOCAL_NOT_FOUND = 'Value not found';
/** The account's API answers 404, which wrangler turns into an error. */
const REMOTE_NOT_FOUND = /\/values\/\S+ - 404\b/;

/**
 * KV through wrangler's own commands, one process a call (many keys in one where they are written or deleted): the way into an
 * account's namespace.
 * @param binding names the namespace in wrangler.toml
 * @param target options that say which namespace: `['--remote']`, or `['--local', '--persist-to', …]`
 */
export function openWranglerKv(binding: Namespace['binding'], target: readonly string[]): ProjectKv {
  const output = (result: EndedProgram, action: string): Uint8Array => outputOf(result, action, binding);
  const get = async (key: string): Promise<Uint8Array | null> => {
    const result = await inTurn(() =>
      runWrangler(['kv', 'key', 'get', key, '--binding', binding, ...target]),
    );
    if (result.exitCode !== 0 && REMOTE_NOT_FOUND.test(result.stderr)) return null;
    const value = output(result, `read ${key}`);
    return isLocalNotFound(value) ? null : value;
  };
  const list = async (prefix: string): Promise<KvKeyList['keys']> => {
    const result = await runWrangler([
      'kv',
      'key',
      'list',
      '--prefix',
      prefix,
      '--binding',
      binding,
      ...target,
    ]);
    return parseKeys(output(result, `list ${prefix}`));
  };
  const bulk = async (action: 'put' | 'delete', value: readonly unknown[]): Promise<void> => {
    await withTemporaryFile(JSON.stringify(value), async (path) => {
      const force = action === 'delete' ? ['--force'] : [];
      const args = ['kv', 'bulk', action, path, ...force, '--binding', binding, ...target];
      output(
        await runWrangler(args),
        `${action === 'put' ? 'write' : 'delete'} ${value.length} ${value.length === 1 ? 'key' : 'keys'}`,
      );
    });
  };
  async function getAs(key: string, options: { type: 'arrayBuffer' }): Promise<ArrayBuffer | null>;
  async function getAs(key: string, options: { type: 'stream' }): Promise<ByteStream | null>;
  async function getAs(key: string, { type }: { type: string }): Promise<ArrayBuffer | ByteStream | null> {
    const value = await get(key);
    if (value === null) return null;
    return type === 'stream' ? new Blob([Uint8Array.from(value)]).stream() : Uint8Array.from(value).buffer;
  }
  return {
    get: getAs,
    // What wrangler does not give so, for one is no text or all are too much for one answer, is read by itself: that tells why.
    getTexts: (keys) =>
      withTemporaryFile(JSON.stringify(keys), async (path) => {
        const result = await inTurn(() =>
          runWrangler(['kv', 'bulk', 'get', path, '--binding', binding, ...target]),
        );
        return result.exitCode === 0 ? parseTexts(result.stdout, keys) : new Map();
      }),
    // Wrangler shows metadata only in lists, which lag behind; nobody here reads it.
    getWithMetadata: async (key) => {
      const value = await get(key);
      return { value: value && Uint8Array.from(value).buffer, metadata: null };
    },
    put: async (key: string, value: string | Uint8Array, options?: PutOptions) => {
      const metadata = options?.metadata ? ['--metadata', JSON.stringify(options.metadata)] : [];
      const ttl = options?.expirationTtl === undefined ? [] : ['--ttl', String(options.expirationTtl)];
      await withTemporaryFile(value, async (path) => {
        const args = [
          'kv',
          'key',
          'put',
          key,
          '--path',
          path,
          ...metadata,
          ...ttl,
          '--binding',
          binding,
          ...target,
        ];
        output(await runWrangler(args), `write ${key}`);
      });
    },
    putMany: async (entries) => {
      for (const batch of bulkBatches(entries)) await bulk('put', batch);
    },
    deleteMany: async (keys) => {
      for (let start = 0; start < keys.length; start += MAX_BULK_PAIRS) {
        await bulk('delete', keys.slice(start, start + MAX_BULK_PAIRS));
      }
    },
    list: async ({ prefix }) => ({ keys: await list(prefix), list_complete: true }),
  };
}

interface BulkPair {
  readonly key: string;
  readonly value: string;
  readonly base64: true;
  readonly metadata?: KvEntry['metadata'];
}

function* bulkBatches(entries: readonly KvEntry[]): Generator<BulkPair[]> {
  let batch: BulkPair[] = [];
  let bytes = 0;
  for (const { key, value, metadata } of entries) {
    if (batch.length === MAX_BULK_PAIRS || (batch.length > 0 && bytes + value.length > MAX_BULK_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    const pair: BulkPair = { key, value: Buffer.from(value).toString('base64'), base64: true };
    batch.push(metadata === undefined ? pair : { ...pair, metadata });
    bytes += value.length;
  }
  if (batch.length > 0) yield batch;
}

function isLocalNotFound(value: Uint8Array): boolean {
  return (
    value.length <= LOCAL_NOT_FOUND.length + 1 && new TextDecoder().decode(value).trim() === LOCAL_NOT_FOUND
  );
}

function parseKeys(stdout: Uint8Array): KvKeyList['keys'] {
  const keys: unknown = JSON.parse(new TextDecoder().decode(stdout));
  if (!Array.isArray(keys)) throw new Error('wrangler kv key list printed no JSON array');
  return keys as KvKeyList['keys'];
}

/** Of the account `{key: value}`, of local KV `{key: {value}}`; null where there is none. */
function parseTexts(stdout: Uint8Array, keys: readonly string[]): Map<string, Uint8Array | null> {
  const values = JSON.parse(new TextDecoder().decode(stdout)) as Readonly<Record<string, unknown>>;
  const texts = new Map<string, Uint8Array | null>();
  for (const key of keys) {
    const found = Object.hasOwn(values, key) ? values[key] : undefined;
    const value = typeof found === 'object' && found !== null && 'value' in found ? found.value : found;
    if (value === null) texts.set(key, null);
    // With a replacement character it was no text: it is read by itself, as it is.
    else if (typeof value === 'string' && !value.includes('\ufffd'))
      texts.set(key, new TextEncoder().encode(value));
  }
  return texts;
}

/** As a file, because wrangler takes text on its command line only. */
async function withTemporaryFile<T>(
  value: string | Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'alignql-'));
  try {
    const path = join(folder, 'value');
    await writeFile(path, value);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * @throws AppError STORAGE_FAILED for what the user can mend: no login, no namespace, no rights, no network. No UserError:
 *   src/storage knows an AppError as said already, and puts its own words in place of anything else
 */
function outputOf(
  { exitCode, stdout, stderr }: EndedProgram,
  action: string,
  binding: Namespace['binding'],
): Uint8Array {
  if (exitCode === 0) return stdout;
  const detail = errorOf(stderr);
  throw new AppError(
    'STORAGE_FAILED',
    `cannot ${action} in the account's KV: ${hintFor(detail, HINTS)?.replaceAll('BINDING', binding) ?? detail}`,
  );
}

/** BINDING stands for the namespace's own. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  ...ACCOUNT_HINTS,
  [
    /namespace not found|\[code: (10011|10013)\]/i,
    'the account has no such namespace. Run `npx wrangler kv namespace create BINDING` and put its id into wrangler.toml, or run `npm run deploy`.',
  ],
  [
    / - 429\b|\[code: 10012\]|rate limit/i,
    'KV takes one write a second to a key. Wait a second and try again.',
  ],
];
