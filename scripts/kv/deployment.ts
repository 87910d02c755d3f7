import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { unstable_readConfig } from 'wrangler';
import { parseEncoderFile } from '../../src/clip/encoder-info.ts';
import { UserError } from '../cli/user-error.ts';
import { LOCAL_ENVIRONMENT, PROJECT_ROOT } from './project.ts';

/** What wrangler.toml says about the place that a selection is published to. */
export interface Deployment {
  readonly namespaceId: string;
  readonly vars: Readonly<Record<string, unknown>>;
}

/** `fingerprint`: null when the configuration does not say. */
export interface RunningEncoder {
  readonly id: string;
  readonly fingerprint: string | null;
}

const EMBEDDED_ENCODER = 'models/tiny-clip/encoder.json';
/** The id in wrangler.toml before anyone has made a namespace. */
const NO_NAMESPACE = /^0*$/;

/** The part read here; wrangler's own types of it are not in its package. */
const configSchema = v.object({
  kv_namespaces: v.array(
    v.object({ binding: v.string(), id: v.optional(v.string()), preview_id: v.optional(v.string()) }),
  ),
  vars: v.record(v.string(), v.unknown()),
});

/**
 * @param remote the account's deployment, else the local one
 * @throws UserError when wrangler.toml names no usable namespace
 */
export function readDeployment(remote: boolean): Deployment {
  const environment = remote ? {} : { env: LOCAL_ENVIRONMENT };
  const raw: unknown = unstable_readConfig(
    { config: join(PROJECT_ROOT, 'wrangler.toml'), ...environment },
    { hideWarnings: true },
  );
  const config = v.parse(configSchema, raw);
  const namespace = config.kv_namespaces.find(({ binding }) => binding === 'SELECTIONS');
  const id = remote ? namespace?.id : (namespace?.preview_id ?? namespace?.id);
  if (id === undefined || (remote && NO_NAMESPACE.test(id))) {
    throw new UserError(
      'wrangler.toml has no KV namespace for SELECTIONS yet. Run `npx wrangler kv namespace create SELECTIONS` and put its id there.',
    );
  }
  return { namespaceId: id, vars: config.vars };
}

/** The encoder that the Worker runs there: ENCODER_ID and ENCODER_FINGERPRINT of wrangler.toml, else the embedded one. */
export async function readRunningEncoder({ vars }: Deployment): Promise<RunningEncoder> {
  const { ENCODER_ID: id, ENCODER_FINGERPRINT: fingerprint } = vars;
  if (typeof id === 'string')
    return { id, fingerprint: typeof fingerprint === 'string' ? fingerprint : null };
  const text = await readFile(join(PROJECT_ROOT, EMBEDDED_ENCODER), 'utf8');
  return parseEncoderFile(JSON.parse(text), EMBEDDED_ENCODER);
}
