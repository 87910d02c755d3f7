import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { crc32 } from '../../src/format/crc32.ts';
import { PROJECT_ROOT } from '../kv/project.ts';
import { tomlLines, tomlValue } from './toml-value.ts';
import type { Route } from './deploy-options.ts';

/** What a deployment has of its own beside wrangler.toml. */
export interface Production {
  readonly name: string;
  readonly route: Route;
  readonly namespaces: Readonly<Record<'SELECTIONS' | 'CORPORA', string>>;
  readonly vars: Readonly<Record<string, string>>;
  /** Sections that a person wrote into the file, which are kept. */
  readonly kept: Readonly<Record<string, unknown>>;
  /** Where it answers; null when that is not known yet. */
  readonly url: string | null;
}

const HEAD = [
  '# Written by `npm run deploy` from wrangler.toml; git ignores it. What you change in [vars], and `placement` and `routes`, is kept;',
  '# everything else comes from wrangler.toml anew. It holds no secret.',
];
const ANSWERS_AT = '# Answers at ';
/** The rate counter of a deployment: a number of its own in the account. */
const RATE_NAMESPACE = '1001';

/**
 * wrangler.toml's top level with what the deployment has of its own, as a configuration file that stands at `path`. Sections and
 * their comments stay as they are, unless they are replaced.
 */
export async function composeProduction(path: string, production: Production): Promise<string> {
  const source = await readFile(join(PROJECT_ROOT, 'wrangler.toml'), 'utf8');
  const sections = splitSections(source).filter(
    ({ header }) => !header.startsWith('[env.') && !header.startsWith('[[env.'),
  );
  const written = sections.map((section) => rewrite(section, production, path)).filter((text) => text !== '');
  const head = [...HEAD, ...(production.url === null ? [] : [`${ANSWERS_AT}${production.url}`])];
  return `${head.join('\n')}\n\n${written.join('\n\n')}\n`;
}

/** The address in a file's third line; null where there is none. */
export function answersAt(text: string): string | null {
  const line = text.split('\n').find((candidate) => candidate.startsWith(ANSWERS_AT));
  return line?.slice(ANSWERS_AT.length) ?? null;
}

/** The file without the line that says where it answers: what decides whether to upload again. */
export function withoutAddress(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith(ANSWERS_AT))
    .join('\n');
}

interface Section {
  /** "[vars]"; "" for what stands before the first one. */
  readonly header: string;
  readonly lines: readonly string[];
}

/** Comments above a header belong to its section. */
function splitSections(text: string): Section[] {
  let last: { readonly header: string; readonly lines: string[] } = { header: '', lines: [] };
  const sections = [last];
  for (const line of text.split('\n')) {
    if (!/^\[\[?[\w.-]+\]\]?\s*(#.*)?$/.test(line)) {
      last.lines.push(line);
      continue;
    }
    const at = last.lines.findLastIndex((above) => !above.startsWith('#')) + 1;
    const comments = last.lines.splice(at);
    last = { header: line.replace(/\s*#.*$/, '').trim(), lines: [...comments, line] };
    sections.push(last);
  }
  return sections;
}

/** @returns '' for a section that this deployment does not have */
function rewrite({ header, lines }: Section, production: Production, path: string): string {
  const { name, route, namespaces, vars, kept } = production;
  const text = lines.join('\n').trim();
  switch (header) {
    case '': {
      const bare = text.replace(/^(#.*\n)+/, '').replace(/^name = .*$/m, `name = ${tomlValue(name)}`);
      const main = rebase(bare, 'main', path);
      return [main, ...tomlLines(kept)].join('\n');
    }
    case '[assets]':
      return rebase(text, 'directory', path);
    case '[[kv_namespaces]]': {
      const binding = /binding = "(\w+)"/.exec(text)?.[1] as keyof typeof namespaces;
      return text.replace(/^id = .*$/m, `id = ${tomlValue(namespaces[binding])}`);
    }
    case '[[ratelimits]]':
      return text.replace(`namespace_id = "${RATE_NAMESPACE}"`, `namespace_id = "${rateNamespace(name)}"`);
    case '[[analytics_engine_datasets]]':
      return text.replace('dataset = "alignql"', `dataset = ${tomlValue(name.replaceAll('-', '_'))}`);
    case '[ai]':
      return aiBinding(route, name, text);
    case '[vars]':
      return ['[vars]', ...tomlLines(vars)].join('\n');
    default:
      return text;
  }
}

function aiBinding(route: Route, name: string, text: string): string {
  if (route === 'ai') return text;
  if (route === 'http') return '';
  return ['[[services]]', ...tomlLines({ binding: 'AI', service: `${name}-encoder`, entrypoint: 'AI' })].join(
    '\n',
  );
}

/** A path of wrangler.toml as the file at `path` sees it. */
function rebase(text: string, key: string, path: string): string {
  return text.replace(
    new RegExp(`^${key} = "([^"]+)"$`, 'm'),
    (_, target: string) =>
      `${key} = ${tomlValue(relative(dirname(path), join(PROJECT_ROOT, target)).replaceAll('\\', '/'))}`,
  );
}

/** Two deployments of one account do not count callers together. */
function rateNamespace(name: string): string {
  return name === 'alignql'
    ? RATE_NAMESPACE
    : String(2000 + (crc32(new TextEncoder().encode(name)) % 1_000_000_000));
}
