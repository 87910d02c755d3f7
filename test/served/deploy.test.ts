import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type AccountApi, openAccountApi } from '../scripts/account-api.ts';
import { type EncoderProcess, startEncoder } from '../scripts/encoder/encoder-process.ts';
import { run } from '../scripts/start-setup.ts';

/**
 * `npm run deploy` against the stand-in of the account's API, which wrangler talks to; the doctor asks the server of this run. In the
 * order of a person: refused in the middle, run again, run once more, then moved to an encoder behind HTTP.
 */
const origin = inject('origin');
const folder = mkdtempSync(join(tmpdir(), 'alignql-deploy-test-'));
const config = join(folder, 'wrangler.production.toml');
const KEY = 'key-of-the-encoder-0123456789';

interface Summary {
  readonly healthy: boolean | null;
  readonly encoder: object;
  readonly steps: readonly { readonly step: string; readonly did: string; readonly what: string }[];
}

describe.skipIf(origin === '')('npm run deploy', () => {
  let api: AccountApi;
  beforeAll(async () => {
    api = await openAccountApi();
  });
  afterAll(async () => {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const deploy = async (args: readonly string[], environment: Record<string, string> = {}) => {
    api.requests.length = 0;
    const { status, stdout, stderr } = await run('scripts/deploy.ts', [...args, '--yes'], {
      ALIGNQL_DEPLOYMENT: config,
      ALIGNQL_STATE: inject('state'),
      CLOUDFLARE_API_BASE_URL: api.url,
      CLOUDFLARE_ACCOUNT_ID: '0'.repeat(32),
      CLOUDFLARE_API_TOKEN: 'a-token',
      ...environment,
    });
    const summary = stdout === '' ? null : (JSON.parse(stdout) as Summary);
    const did = (summary?.steps ?? []).map(({ step, did: what }) => `${step}: ${what}`);
    return { status, stdout, stderr, summary, did };
  };
  const creations = () => api.requests.filter((request) => /^(PUT|POST|PATCH|DELETE) /.test(request));
  const WORKER = ['--encoder', 'worker', '--name', 'shop', '--auth', 'open', '--url', origin];

  it('without a login says how to log in, and changes nothing', async () => {
    const nobody = { CLOUDFLARE_API_TOKEN: '', HOME: folder, XDG_CONFIG_HOME: folder };
    const { status, stdout, stderr } = await deploy(WORKER, nobody);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^deploy: cannot list the KV namespaces of the account: wrangler is not logged in\..*\n$/,
    );
    expect(api.requests).toEqual([]);
    expect(readdirSync(folder)).not.toContain('wrangler.production.toml');
  });

  it('stops where the account refuses the upload of the API Worker, after the encoder Worker', async () => {
    api.fault = { status: 403, code: 10000, message: 'Authentication error' };
    api.faultAt = /PUT \/workers\/scripts\/shop$/;
    const { status, stdout, stderr } = await deploy(WORKER);
    api.fault = null;
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr.trim().split('\n').at(-1)).toMatch(
      /^deploy: cannot upload shop: the account refused the credentials\./,
    );
    expect(api.namespaces.map(({ title }) => title).toSorted()).toEqual(['shop-CORPORA', 'shop-SELECTIONS']);
    expect([...api.workers.keys()]).toEqual(['shop-encoder']);
  });

  it('goes on from there when it is run again, and the doctor finds nothing wrong', async () => {
    const [made] = readdirSync(join(inject('state'), 'samples'));
    const selection = join(inject('state'), 'samples', made ?? '', 'default');
    const { status, stderr, summary, did } = await deploy([...WORKER, '--selection', selection]);
    expect(summary?.healthy, stderr).toBe(true);
    expect(status).toBe(0);
    expect(did).toEqual([
      'account: found',
      'encoder: found',
      'namespaces: found',
      'namespaces: found',
      'file: unchanged',
      'page: unchanged',
      'encoder Worker: unchanged',
      'API Worker: uploaded',
      'selections: published',
      'doctor: checked',
    ]);
    const bindings = api.workers.get('shop')?.versions.at(-1)?.metadata.bindings as object[];
    const ids = Object.fromEntries(api.namespaces.map(({ title, id }) => [title, id]));
    expect(bindings).toEqual(
      expect.arrayContaining([
        { name: 'AUTH', type: 'plain_text', text: 'open' },
        { name: 'MAX_IMAGE_PIXELS', type: 'plain_text', text: '2500000' },
        { name: 'SELECTIONS', type: 'kv_namespace', namespace_id: ids['shop-SELECTIONS'] },
        { name: 'CORPORA', type: 'kv_namespace', namespace_id: ids['shop-CORPORA'] },
        expect.objectContaining({ name: 'AI', type: 'service', service: 'shop-encoder' }),
      ]),
    );
    expect(api.requests.some((request) => request.startsWith('PUT values/selection:v2:name:default'))).toBe(
      true,
    );
  });

  it('changes nothing when all is as it should be, with nothing said anew', async () => {
    const { status, did } = await deploy([]);
    expect(creations()).toEqual([]);
    expect(did.filter((step) => !/: (found|unchanged|checked)$/.test(step))).toEqual([]);
    expect(status).toBe(0);
  });

  describe('with an encoder behind HTTP', () => {
    let encoder: EncoderProcess;
    beforeAll(async () => {
      encoder = await startEncoder(['--model', 'models/tiny-clip', '--threads', '1'], { ENCODER_KEYS: KEY });
    });
    afterAll(() => void encoder.child.kill());

    it('asks it for its model, sets its key as a secret and shows it nowhere', async () => {
      const { status, stdout, stderr, summary } = await deploy(['--encoder-url', encoder.origin], {
        ENCODER_KEY: KEY,
      });
      expect(summary?.encoder, stderr).toMatchObject({ route: 'http', id: 'tiny-clip', dim: 256 });
      expect(status).toBe(0);
      expect(api.workers.get('shop')?.secrets).toEqual(new Map([['ENCODER_KEY', KEY]]));
      expect(stdout + stderr + readFileSync(config, 'utf8')).not.toContain(KEY);
      const metadata = api.workers.get('shop')?.versions.at(-1)?.metadata;
      const bindings = metadata?.bindings as { readonly name: string; readonly text?: string }[];
      const texts = Object.fromEntries(bindings.map(({ name, text }) => [name, text]));
      expect(texts).toMatchObject({
        IMAGE_ROUTE: 'http',
        TEXT_ROUTE: 'http',
        ENCODER_URL: encoder.origin,
        AUTH: 'open',
      });
      expect(texts).not.toHaveProperty('AI');
      expect(texts.MAX_IMAGE_PIXELS).toBe('16777216');
      expect(stderr).toContain('Cloudflare cannot reach 127.0.0.1');
    });
  });
});
