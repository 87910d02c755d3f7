import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { readEncoderConfig } from '../../src/clip/config.ts';
import { type EncoderInfo, parseEncoderFile } from '../../src/clip/encoder-info.ts';
import { UserError } from '../cli/user-error.ts';
import { LOCAL_ENVIRONMENT, PROJECT_ROOT, encoderFile, remoteConfig, stateFolder } from './project.ts';

/** A KV namespace of wrangler.toml. */
export interface Namespace {
  readonly binding: 'SELECTIONS' | 'CORPORA';
  readonly id: string;
}

/** What wrangler.toml says about the place that a selection is published to. */
export interface Deployment {
  readonly isRemote: boolean;
  readonly selections: Namespace;
  readonly corpora: Namespace;
  readonly vars: Readonly<Record<string, unknown>>;
  /** The account, where the configuration says it. */
  readonly accountId: string | undefined;
  /** What the binding VECTORS stands for; undefined without one. */
  readonly vectorizeIndex: string | undefined;
  /** Whether there is a binding POSTGRES. */
  readonly bindsPostgres: boolean;
}

/** The part read here; wrangler's own types of it are not in its package. */
const configSchema = v.object({
  kv_namespaces: v.array(
    v.object({ binding: v.string(), id: v.optional(v.string()), preview_id: v.optional(v.string()) }),
  ),
  vars: v.record(v.string(), v.unknown()),
  account_id: v.optional(v.string()),
  services: v.optional(v.array(v.object({ binding: v.string() })), []),
  vectorize: v.optional(v.array(v.object({ binding: v.string(), index_name: v.string() })), []),
});

/** The id in wrangler.toml before anyone has made a namespace. */
const NO_NAMESPACE = /^0*$/;

/**
 * @param isRemote the account's deployment, else the local one
 * @throws UserError when wrangler.toml names no usable namespace
 */
export async function readDeployment(isRemote: boolean): Promise<Deployment> {
  const { unstable_readConfig } = await import('wrangler'); // takes a second to load
  const source = isRemote
    ? { config: remoteConfig() }
    : { config: join(PROJECT_ROOT, 'wrangler.toml'), env: LOCAL_ENVIRONMENT };
  const raw: unknown = unstable_readConfig(source, { hideWarnings: true });
  const config = v.parse(configSchema, raw);
  const { kv_namespaces: namespaces, vars, account_id: accountId, services, vectorize } = config;
  const find = (binding: Namespace['binding']): Namespace => {
    const namespace = namespaces.find((candidate) => candidate.binding === binding);
    const id = isRemote ? namespace?.id : (namespace?.preview_id ?? namespace?.id);
    // Asked for only when it is needed: a deployment without corpora publishes selections all the same.
    return { binding, id: id === undefined || (isRemote && NO_NAMESPACE.test(id)) ? '' : id };
  };
  const vectorizeIndex = vectorize.find(({ binding }) => binding === 'VECTORS')?.index_name;
  return {
    isRemote,
    selections: find('SELECTIONS'),
    corpora: find('CORPORA'),
    vars,
    accountId,
    vectorizeIndex,
    bindsPostgres: services.some(({ binding }) => binding === 'POSTGRES'),
  };
}

/** @throws UserError when wrangler.toml names no usable namespace */
export function assertNamespace({ binding, id }: Namespace): void {
  if (id !== '') return;
  throw new UserError(
    `wrangler.toml has no KV namespace for ${binding} yet. Run \`npx wrangler kv namespace create ${binding}\` and put its id there, or run \`npm run deploy\`.`,
  );
}

/**
 * The encoder that runs there: by the variables of wrangler.toml on the account; locally the one that the server was
 * last started with, else the embedded one.
 */
export async function readRunningEncoder({
  isRemote,
  vars,
}: Pick<Deployment, 'isRemote' | 'vars'>): Promise<EncoderInfo> {
  const embedded = await readEmbeddedEncoder();
  if (isRemote) return readEncoderConfig(vars, embedded).info;
  const path = encoderFile(stateFolder());
  try {
    return (await readEncoderFile(path)) ?? embedded;
  } catch (cause) {
    throw new UserError(
      `${path} cannot be read as the encoder that the server was last started with. Delete it, or run npm start, which writes it anew.`,
      { cause },
    );
  }
}

/** Id, dim and fingerprint of models/tiny-clip. */
export async function readEmbeddedEncoder(): Promise<EncoderInfo> {
  const path = join(PROJECT_ROOT, 'models/tiny-clip/encoder.json');
  const encoder = await readEncoderFile(path);
  if (encoder) return encoder;
  throw new UserError(`${path} is missing. Restore it with: git checkout models/tiny-clip`);
}

async function readEncoderFile(path: string): Promise<EncoderInfo | null> {
  try {
    const { id, dim, fingerprint } = parseEncoderFile(JSON.parse(await readFile(path, 'utf8')), path);
    return { id, dim, fingerprint };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
