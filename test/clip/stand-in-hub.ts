import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** How the stand-in gives the weights of a repository; everything else it always gives whole. */
export interface Weights {
  /** Bytes of a file after which each connection breaks. */
  readonly breaksAfter?: number;
  /** Bytes of a file that are given at all, however often they are asked for. */
  readonly endsAt?: number;
  /** Other bytes than the list says. */
  readonly areDamaged?: boolean;
  /** Always from the beginning, whatever is asked. */
  readonly ignoresRanges?: boolean;
}

export interface StandInRepository {
  readonly folder: string;
  readonly weights?: Weights;
  /** Files that it does not have. */
  readonly without?: RegExp;
  /** What it answers instead of the list. */
  readonly status?: number;
}

export interface StandInHub {
  readonly host: string;
  /** Bytes of each file given so far. */
  readonly given: Map<string, number>;
  readonly repositories: Map<string, StandInRepository>;
  stop(): void;
}

/** Answers under the URLs of the hub as it does: lists of files with their hashes, files, parts of files. */
export async function startStandInHub(): Promise<StandInHub> {
  const repositories = new Map<string, StandInRepository>();
  const given = new Map<string, number>();
  const server = createServer((request, response) => {
    answer(request, response, repositories, given).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: hostOf(server), given, repositories, stop: () => server.close() };
}

function hostOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(
  { url = '', headers }: IncomingMessage,
  response: ServerResponse,
  repositories: StandInHub['repositories'],
  given: StandInHub['given'],
): Promise<void> {
  const list = /^\/api\/models\/([\w-]+\/[\w.-]+)\/tree\/main\?recursive=true$/.exec(url);
  const file = /^\/([\w-]+\/[\w.-]+)\/resolve\/main\/(.+)$/.exec(url);
  const repository = repositories.get(list?.[1] ?? file?.[1] ?? '');
  if (repository === undefined) response.writeHead(404).end();
  else if (repository.status !== undefined) response.writeHead(repository.status).end('{}');
  else if (list !== null) response.end(JSON.stringify(await listFiles(repository)));
  else await giveFile(response, repository, file?.[2] ?? '', headers.range, given);
}

async function listFiles({ folder, without }: StandInRepository): Promise<object[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)))
    .filter((name) => without?.test(name) !== true);
  return Promise.all(
    paths.map(async (name) => {
      const content = await readFile(path.join(folder, name));
      const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
      const lfs = { oid: createHash('sha256').update(content).digest('hex'), size: content.length };
      return {
        type: 'file',
        path: name,
        size: content.length,
        oid,
        ...(name.startsWith('onnx/') ? { lfs } : {}),
      };
    }),
  );
}

async function giveFile(
  response: ServerResponse,
  { folder, weights = {} }: StandInRepository,
  name: string,
  range: string | undefined,
  given: StandInHub['given'],
): Promise<void> {
  const content = await readFile(path.join(folder, name));
  const { breaksAfter, endsAt, areDamaged, ignoresRanges } = name.startsWith('onnx/') ? weights : {};
  const from = ignoresRanges ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const to = Math.min(content.length, from + (breaksAfter ?? Infinity), endsAt ?? Infinity);
  if (areDamaged) content.fill(7, 100, 200);
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from });
  const part = content.subarray(from, Math.max(from, to));
  given.set(name, (given.get(name) ?? 0) + part.length);
  if (to === content.length) response.end(part);
  else response.write(part, () => setImmediate(() => response.destroy()));
  if (part.length === 0 && to < content.length) response.destroy();
}
