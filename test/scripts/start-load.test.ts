import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { platform } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, type Started, killLaunched, launch, newState, until, untilReady } from './start-setup.ts';

/** Of everything here; what is waited for are answers. */
const LONG_MS = 600_000;
const LONG_TEXT = 'a very long drawing of an animal beside another animal '.repeat(20);

interface Answer {
  readonly status: number;
  readonly text: string;
}

// Processes are found in /proc.
describe.skipIf(platform() !== 'linux')('npm start beside two busy loops', { timeout: LONG_MS }, () => {
  let server: Started;
  let loops: ChildProcess[];
  const fox = readFileSync(join(ROOT, 'models/sample/images/a-fox.webp')).toString('base64');
  let asked = 0;

  beforeAll(async () => {
    loops = [1, 2].map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
    server = await launch(newState());
    await untilReady(server);
  }, LONG_MS);
  afterAll(() => {
    for (const loop of loops) loop.kill('SIGKILL');
    killLaunched();
  });

  const embedTexts = (texts: readonly string[]): object => ({
    query:
      'query ($texts: [String!]!) { embedTexts(texts: $texts) { ... on Embedding { dim } ... on ItemError { code } } }',
    variables: { texts },
  });
  /** Nothing, a text that is not in any cache, a picture with one. */
  const query = (i: number): object =>
    [
      { query: '{ __typename }' },
      embedTexts([`text ${asked++}`]),
      {
        query:
          'query ($image: ImageInput!, $text: String!) { align(image: $image, text: { text: $text }) { ... on Alignment { cosine } ... on ItemError { code } } }',
        variables: { image: { base64: fox }, text: `a fox ${asked++}` },
      },
    ][i % 3];

  /** @param leave when the client goes away: while it sends, once it has sent, or with the first bytes of the answer */
  function send(body: object, leave?: 'sending' | 'sent' | 'answered'): Promise<Answer | 'left'> {
    const text = JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.origin);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const sent = request({ hostname, port, path: '/graphql', method: 'POST', headers, agent: false });
      const goAway = (): void => {
        sent.destroy();
        resolve('left');
      };
      sent.on('error', reject);
      sent.on('response', (answer) => {
        if (leave === 'answered') return goAway();
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      });
      if (leave === 'sending') sent.write(text.slice(0, text.length / 2), goAway);
      else sent.end(text, leave === 'sent' ? goAway : undefined);
    });
  }

  const isGood = (answer: Answer | 'left'): boolean =>
    answer !== 'left' &&
    answer.status === 200 &&
    answer.text.startsWith('{"data"') &&
    !answer.text.includes('"code"');

  it('stays up when 1,000 clients go away', async () => {
    const [workerd] = server.workerds();
    const leaves = ['sending', 'sent', 'answered'] as const;
    for (let round = 0; round < 20; round++) {
      const requests = Array.from({ length: 50 }, (_, i) => send(query(i), leaves[(i + round) % 3]));
      expect(new Set(await Promise.all(requests))).toEqual(new Set(['left']));
    }
    for (let i = 0; i < 3; i++) expect(await send(query(i))).toSatisfy(isGood);
    expect(server.workerds()).toEqual([workerd]);
  });

  // `wrangler dev` ended of this, 7 times of 7: see docs/operate.md.
  it('answers at once after an answer that took seconds', async () => {
    const [workerd] = server.workerds();
    for (let round = 0; round < 2; round++) {
      const texts = Array.from({ length: 256 }, (_, i) => `${round} ${i} ${LONG_TEXT}`);
      expect(await send(embedTexts(texts))).toSatisfy(isGood);
      expect(await send(query(0))).toSatisfy(isGood);
    }
    expect(server.workerds()).toEqual([workerd]);
  });

  it('answers 64 connections, all of them', async () => {
    const [workerd] = server.workerds();
    const connection = async (first: number): Promise<boolean[]> => {
      const outcomes: boolean[] = [];
      for (let i = 0; i < 6; i++) outcomes.push(isGood(await send(query(first + i))));
      return outcomes;
    };
    const outcomes = await Promise.all(Array.from({ length: 64 }, (_, i) => connection(i)));
    expect(outcomes.flat().filter((good) => good)).toHaveLength(64 * 6);
    expect(server.workerds()).toEqual([workerd]);
  });

  it('starts workerd again when it is ended from outside, and loses no request', async () => {
    const [before] = server.workerds();
    const texts = Array.from({ length: 24 }, () => send(embedTexts([`text ${asked++}`])));
    const large = send(embedTexts(Array.from({ length: 64 }, (_, i) => `${asked++} ${i} ${LONG_TEXT}`)));
    process.kill(before, 'SIGKILL');
    const during = Array.from({ length: 24 }, (_, i) => send(query(i)));
    expect((await Promise.all([...texts, large, ...during])).filter((answer) => !isGood(answer))).toEqual([]);
    expect(server.workerds()).toHaveLength(1);
    expect(server.workerds()).not.toContain(before);
  });

  it('starts workerd again when it is ended while it starts', async () => {
    const answers: Promise<Answer | 'left'>[] = [];
    const ended = new Set<number>();
    await until(() => {
      for (const workerd of server.workerds().filter((pid) => !ended.has(pid))) {
        process.kill(workerd, 'SIGKILL');
        ended.add(workerd);
        answers.push(send({ query: '{ __typename }' }));
      }
      return ended.size === 6;
    }, LONG_MS);
    expect((await Promise.all(answers)).filter((answer) => !isGood(answer))).toEqual([]);
    expect(answers).toHaveLength(6);
  });
});
