import type { ApiClient, GraphqlAnswer } from './api-client.ts';
import { checkDrift } from './drift.ts';
import { type Finding, ok, skipped, wrong } from './finding.ts';
import type { Golden } from '../../clip/golden.ts';
import { checkParity } from './parity.ts';

interface Encoder {
  readonly id: string;
  readonly dim: number;
  readonly fingerprint: string;
}

const NOT_IN_LIST = 'PERSISTED_QUERY_NOT_IN_LIST';
const ASKED_BY_DOCTOR =
  'PERSISTED_OPERATIONS is "only": /health and /ready alone were looked at, not what is asked by queries (parity, calibration, corpora, limits); to look at these too, upload a preview version with "automatic"';

/** Looks at a deployment from outside: its own word, every binding, the encoder against golden vectors, calibration, limits. */
export async function checkEndpoint(api: ApiClient, golden: Golden): Promise<Finding[]> {
  const alive = await checkHealth(api, '/health');
  if (alive.some(({ found }) => found.startsWith('no answer'))) return alive;
  const findings = [...alive, ...(await checkHealth(api, '/ready'))];
  const { data, errors, status } = await api.ask('{ encoder { id dim fingerprint } }');
  const [first = ''] = errors;
  if (first.startsWith(NOT_IN_LIST)) return [...findings, skipped('queries', first, ASKED_BY_DOCTOR)];
  if (status === 401 || status === 403) {
    return [
      ...findings,
      wrong('access', errors.join('; '), 'give a key of scopes read and encode with --key'),
    ];
  }
  if (first.startsWith('STORAGE_FAILED')) {
    const advice =
      'what every query is answered from cannot be read: look at what is stored, npm run -s doctor -- --storage';
    return [...findings, wrong('queries', errors.join('; '), advice)];
  }
  const encoder = data?.encoder as Encoder | undefined;
  if (encoder === undefined) {
    const advice = 'a variable of the encoder is wrong: the log and /ready name it (docs/encoders.md)';
    return [...findings, wrong('encoder', errors.join('; '), advice)];
  }
  findings.push(
    ok('encoder', `${encoder.id}, ${encoder.dim} numbers, fingerprint ${encoder.fingerprint.slice(0, 12)}`),
  );
  findings.push(await checkSelection(api, encoder), await checkCorpora(api));
  findings.push(...(await checkParity(api, golden, encoder)));
  findings.push(
    encoder.id === golden.encoder.id
      ? await checkDrift(api)
      : skipped('calibration of default', `no labelled sample for ${encoder.id}`, null),
  );
  findings.push(...(await checkLimits(api)));
  return findings;
}

async function checkHealth(api: ApiClient, path: string): Promise<Finding[]> {
  const answer = await api.get(path).catch((error: unknown) => reasonOf(error));
  if (typeof answer === 'string') {
    return [
      wrong(path, `no answer: ${answer}`, 'is the URL right, is it deployed, does a firewall stand between?'),
    ];
  }
  const { status, checks, version, commit } = (answer.body ?? {}) as {
    status?: string;
    version?: string;
    commit?: string | null;
    checks?: readonly { name: string; ok: boolean; message?: string; hint?: string }[];
  };
  if (status === undefined || checks === undefined)
    return [
      wrong(
        path,
        `HTTP ${answer.status}, not what alignql answers`,
        'is the URL that of an alignql deployment?',
      ),
    ];
  const failed = checks.filter((check) => !check.ok);
  if (failed.length === 0) {
    const build = `version ${version}${commit ? `, commit ${commit.slice(0, 12)}` : ''}`;
    // What /ready says only to a key of scope admin: where pictures and texts are encoded.
    const routes = checks.find(({ name }) => name === 'encoder')?.hint;
    return [ok(path, [status, build, routes].filter(Boolean).join(', '))];
  }
  return failed.map(({ name, message = 'failed', hint }) =>
    wrong(
      `${path}: ${name}`,
      message,
      hint ?? 'the log of the deployment says more (with a key of scope admin, so does /ready)',
    ),
  );
}

async function checkSelection(api: ApiClient, encoder: Encoder): Promise<Finding> {
  const check = 'selection default';
  const answer = await api.ask('{ selection { id encoder encoderFingerprint dim k strategy } }');
  if (answer.errors.length > 0)
    return wrong(
      check,
      answer.errors.join('; '),
      'look at what is stored: npm run -s doctor -- --storage; then publish anew',
    );
  const selection = answer.data?.selection as
    | { id: string; encoder: string; encoderFingerprint: string; k: number; dim: number; strategy: string }
    | null
    | undefined;
  if (selection === null || selection === undefined)
    return wrong(check, 'nothing is published as default', 'publish one: npm run -s publish -- DIR');
  const { id, strategy, k, dim } = selection;
  const found = `${id.slice(0, 12)}, ${strategy}, ${k} of ${dim}`;
  if (selection.encoder === encoder.id && selection.encoderFingerprint === encoder.fingerprint)
    return ok(check, found);
  return wrong(
    check,
    `${found}, made for ${selection.encoder} of fingerprint ${selection.encoderFingerprint.slice(0, 12)}`,
    'pictures and texts are refused under it: publish a selection of the deployed encoder, or deploy the encoder that it was made for',
  );
}

/** As many as a list without pages gives. */
const UNPAGED = 100;

async function checkCorpora(api: ApiClient): Promise<Finding> {
  const check = 'corpora';
  const advice =
    'look at what is stored: npm run -s doctor -- --storage; index the corpus anew where it is damaged';
  const answer = await api.ask('{ corpora { name count encoder } }');
  const corpora = answer.data?.corpora as readonly { name: string; count: number }[] | undefined;
  if (corpora === undefined) return wrong(check, answer.errors.join('; '), advice);
  for (const { name } of corpora) {
    const searched = await searchByVector(api, name);
    if (searched !== null) return wrong(check, `${name}: ${searched}`, advice);
  }
  const told = corpora.map(({ name, count }) => `${name} (${count})`).join(', ') || 'none';
  return ok(check, corpora.length < UNPAGED ? told : `the first ${UNPAGED} by name: ${told}`);
}

/** @returns why it failed; null when the whole corpus was searched */
async function searchByVector(api: ApiClient, name: string): Promise<string | null> {
  const answer: GraphqlAnswer = await api.ask(
    'query ($name: String!) { search(corpus: $name, text: { text: "a picture" }, first: 1) { complete edges { id } } }',
    { name },
  );
  const search = answer.data?.search as { complete: boolean } | undefined;
  if (search === undefined) return answer.errors.join('; ');
  return search.complete ? null : 'a part of it cannot be loaded';
}

/** Whether the limits are told, and hold: one text more than a list takes must be refused before anything is encoded. */
async function checkLimits(api: ApiClient): Promise<Finding[]> {
  const { data, errors } = await api.ask('{ limits { cost bodyBytes texts encodedTexts imagePixels } }');
  const limits = data?.limits as Readonly<Record<string, number>> | undefined;
  if (limits === undefined)
    return [wrong('limits', errors.join('; '), 'MAX_IMAGE_PIXELS and its like: the log names the variable')];
  const told = Object.entries(limits).map(([name, value]) => `${name} ${value}`);
  const texts = Array.from({ length: limits.texts + 1 }, (_, i) => `text ${i}`);
  const over = await api.ask('query ($texts: [String!]!) { embedTexts(texts: $texts) { __typename } }', {
    texts,
  });
  if (over.errors.some((error) => error.startsWith('LIMIT_EXCEEDED'))) return [ok('limits', told.join(', '))];
  return [
    wrong(
      'limits',
      `${texts.length} texts were not refused`,
      'another version answers than the one that tells its limits: deploy again',
    ),
  ];
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && cause.message !== '') return cause.message;
  return error instanceof Error ? error.message : String(error);
}
