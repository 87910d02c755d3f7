import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Asker } from '../../scripts/deploy/ask.ts';
import { type DeployOptions, checkOptions } from '../../scripts/deploy/deploy-options.ts';
import { checkSecrets, isOutOfReach } from '../../scripts/deploy/encoder-vars.ts';
import { describePlan } from '../../scripts/deploy/describe-plan.ts';
import { makePlan } from '../../scripts/deploy/plan.ts';
import { readConfig, readPrevious } from '../../scripts/deploy/previous.ts';
import { type Production, composeProduction, withoutAddress } from '../../scripts/deploy/production-file.ts';
import { runScript } from './run-command.ts';

const NOTHING: DeployOptions = { replaceSecrets: false, yes: true, dryRun: false };
const PRODUCTION: Production = {
  name: 'shop',
  route: 'worker',
  namespaces: { SELECTIONS: 'a'.repeat(32), CORPORA: 'b'.repeat(32) },
  vars: { AUTH: 'keys', ENCODER_PROMPT: 'a "photo"\nof {text} \\ \u007f \u00e9' },
  kept: {},
  url: 'https://shop.example.com',
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alignql-deploy-'));
});
afterAll(() => rm(folder, { recursive: true }));

const compose = async (changes: Partial<Production>) => {
  const path = join(folder, 'wrangler.production.toml');
  await writeFile(path, await composeProduction(path, { ...PRODUCTION, ...changes }));
  return path;
};

describe('the file for wrangler', () => {
  it('has every section of wrangler.toml, and is read back as it was meant', async () => {
    const config = (await readConfig(await compose({}))) as unknown as Record<string, unknown>;
    const base = (await readConfig('wrangler.toml')) as unknown as Record<string, unknown>;
    const OWN = [
      'name',
      'topLevelName',
      'vars',
      'kv_namespaces',
      'ratelimits',
      'analytics_engine_datasets',
      'ai',
      'services',
    ];
    const PATHS = ['configPath', 'userConfigPath', 'assets', 'definedEnvironments', 'rawConfig'];
    for (const [key, value] of Object.entries(base))
      if (![...OWN, ...PATHS].includes(key)) expect([key, config[key]]).toEqual([key, value]);
    expect(config).toMatchObject({
      name: 'shop',
      vars: PRODUCTION.vars,
      kv_namespaces: [
        { binding: 'SELECTIONS', id: 'a'.repeat(32) },
        { binding: 'CORPORA', id: 'b'.repeat(32) },
      ],
      services: [{ binding: 'AI', service: 'shop-encoder', entrypoint: 'AI' }],
      analytics_engine_datasets: [{ binding: 'METRICS', dataset: 'shop' }],
    });
    expect(config.ai).toBeUndefined();
  });

  it.each([
    ['ai', { binding: 'AI' }],
    ['http', undefined],
  ] as const)('binds what the route %s needs', async (route, ai) => {
    const { services, ...config } = await readConfig(await compose({ route }));
    expect(services ?? []).toEqual([]);
    expect((config as { ai?: object }).ai).toEqual(ai);
  });

  it('keeps what a person wrote into it: variables, placement, routes', async () => {
    const kept = {
      placement: { mode: 'smart' },
      routes: [{ pattern: 'api.example.com', custom_domain: true }],
    };
    const previous = await readPrevious(await compose({ kept }));
    expect(previous).toMatchObject({
      name: 'shop',
      route: 'worker',
      url: PRODUCTION.url,
      vars: PRODUCTION.vars,
      kept,
    });
    const again = await composeProduction(join(folder, 'wrangler.production.toml'), { ...PRODUCTION, kept });
    expect(again).toBe(previous?.text);
  });

  it('is the same upload wherever it answers', async () => {
    const path = join(folder, 'other.toml');
    const [here, there] = await Promise.all(
      [null, 'https://x.example.com'].map((url) => composeProduction(path, { ...PRODUCTION, url })),
    );
    expect(here).not.toBe(there);
    expect(withoutAddress(here ?? '')).toBe(withoutAddress(there ?? ''));
  });

  it('that cannot be read is said in one line', async () => {
    const path = join(folder, 'broken.toml');
    await writeFile(path, 'name = \n');
    await expect(readPrevious(path)).rejects.toThrow(
      /broken\.toml cannot be read: .*delete it to start afresh$/,
    );
    expect(await readPrevious(join(folder, 'none.toml'))).toBeNull();
  });
});

describe('the plan', () => {
  it.each([
    [
      { encoderUrl: 'https://e.example.com', encoder: 'ai' },
      /--encoder-url goes with --encoder http, not ai/,
    ],
    [{ preset: 'jina', encoder: 'worker' }, /--preset goes with --encoder http/],
    [{ encoderUrl: 'ftp://e.example.com' }, /--encoder-url is an address that begins with https/],
    [{ encoderUrl: 'e.example.com' }, /got "e.example.com"/],
    [{ name: 'My_Worker' }, /--name is the name of a Worker.*got "My_Worker"/],
    [{ name: 'a'.repeat(55) }, /1 to 54/],
  ] as [Partial<DeployOptions>, RegExp][])('refuses %j', (options, message) => {
    expect(() => checkOptions({ ...NOTHING, ...options })).toThrow(message);
  });

  it.each([
    [{}, {}, /give --encoder: worker, ai or http/],
    [{ encoder: 'http' }, {}, /needs --encoder-url/],
    [{ encoder: 'ai' }, {}, /AI_MODEL is not set/],
    [{ encoder: 'worker', auth: 'access' }, {}, /needs ACCESS_TEAM_DOMAIN/],
    [{ encoder: 'worker' }, { AUTH: 'all' }, /AUTH is "all": expected one of keys, access, open/],
  ] as [Partial<DeployOptions>, Record<string, string>, RegExp][])(
    'says what is missing where nobody can be asked: %j %j',
    async (options, environment, message) => {
      await expect(makePlan({ ...NOTHING, ...options }, null, environment, null)).rejects.toThrow(message);
    },
  );

  it('asks for the route and the address at a terminal', async () => {
    const answers = ['http', 'https://e.example.com', 'infinity'];
    const asker: Asker = {
      ask: () => Promise.resolve(answers.shift() ?? ''),
      askHidden: () => Promise.resolve(''),
    };
    const plan = await makePlan(
      { ...NOTHING, yes: false },
      null,
      { ENCODER_KEY: 'hidden', ENCODER_KEYS: 'hidden' },
      asker,
    );
    expect(plan).toMatchObject({ route: 'http', auth: 'keys' });
    expect(plan.vars).toEqual({
      AUTH: 'keys',
      ENCODER_URL: 'https://e.example.com',
      ENCODER_PRESET: 'infinity',
      IMAGE_ROUTE: 'http',
      TEXT_ROUTE: 'http',
    });
    expect(JSON.stringify(describePlan(plan, 'x', ['ENCODER_KEY']))).toContain('ENCODER_KEY');
  });

  it('takes what is left out from the last run, and no variable of another route', async () => {
    const vars = {
      AUTH: 'open',
      IMAGE_ROUTE: 'http',
      TEXT_ROUTE: 'http',
      ENCODER_URL: 'https://e.example.com',
    };
    const previous = await readPrevious(await compose({ route: 'http', vars }));
    expect(await makePlan(NOTHING, previous, {}, null)).toMatchObject({
      name: 'shop',
      route: 'http',
      auth: 'open',
      vars,
    });
    const moved = await makePlan({ ...NOTHING, encoder: 'worker' }, previous, {}, null);
    expect(moved.vars).toEqual({ AUTH: 'open', MAX_IMAGE_PIXELS: '2500000' });
  });

  it('sets secrets anew only where one is given', () => {
    const options = { ...NOTHING, replaceSecrets: true };
    expect(() => checkSecrets(options, {})).toThrow(/^--replace-secrets needs ENCODER_KEY or /);
    expect(() => checkSecrets(options, { ENCODER_KEY: 'k' })).not.toThrow();
  });

  it('knows the addresses that Cloudflare cannot reach', () => {
    const urls = [
      'http://localhost:1',
      'http://10.1.2.3',
      'http://[::1]:7997',
      'http://172.20.0.1',
      'https://e.example.com',
      'https://172.40.0.1',
    ];
    expect(urls.map(isOutOfReach)).toEqual([true, true, true, true, false, false]);
  });

  it('is told offline by --dry-run, and nothing is written; a wrong flag is one line', () => {
    const { status, stdout, stderr } = runScript('deploy', [
      '--dry-run',
      '--encoder',
      'http',
      '--encoder-url',
      'https://e.example.com',
      '--name',
      'shop',
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'shop',
      route: 'http',
      vars: { ENCODER_URL: 'https://e.example.com' },
    });
    expect(stderr).toContain('API Worker: would upload shop where it differs');
    const wrong = runScript('deploy', ['--encoder', 'gpu']);
    expect(wrong).toMatchObject({ status: 1, stdout: '' });
    expect(wrong.stderr).toMatch(/^error: .*'gpu' is invalid.*worker, ai, http.*\n$/);
  });
});
