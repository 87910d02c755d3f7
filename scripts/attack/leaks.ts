import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../kv/project.ts';

/** Stack traces, modules, classes of errors: nothing of the kind has a place in an answer. */
const INTERNALS: readonly RegExp[] = [
  /\n\s+at [^\n]+/,
  /\bat (?:async )?[\w.$<>]+ \([^)]*\)/,
  /\bnode_modules\b/,
  /\bfile:\/\/\//,
  /\.(?:ts|js|mjs|wasm):\d+/,
  /\bwasm-function\b/,
  /\b(?:Type|Range|Reference|Syntax|Runtime|Compile|Link|Eval|URI)Error\b/,
  /Cannot read propert(?:y|ies) of/,
  /is not (?:a function|iterable)\b/,
];
/** A case's own marker is in its request; any other is another caller's. */
const MARKER = /zq\d+-\d+z/g;

export function markerOf(run: number, number: number): string {
  return `zq${run}-${number}z`;
}

/** What must not be told of this deployment: its folders, its variables. */
export function secretsOf(folders: readonly string[]): RegExp[] {
  const paths = [PROJECT_ROOT.replace(/\/$/, ''), homedir(), ...folders].filter((path) => path.length > 4);
  return [...paths, ...variableNames()].map((text) => new RegExp(`\\b${escape(text)}\\b|${escape(text)}/`));
}

/** Every NAME of wrangler.toml and of what `readEncoderConfig` documents, with an underscore so that no plain word is one. */
function variableNames(): string[] {
  const sources = ['wrangler.toml', 'wrangler.encoder.toml', 'src/clip/config.ts', 'src/env.d.ts'];
  const names = sources.flatMap((name) => {
    const text = readFileSync(join(PROJECT_ROOT, name), 'utf8');
    return text.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b(?=\s*[=:?])/g) ?? [];
  });
  return [...new Set(names)];
}

/** What an answer tells that it must not, or null. What was sent may come back. */
export function findLeak(
  text: string,
  { sent, secrets, marker }: { sent: string; secrets: readonly RegExp[]; marker: string },
): string | null {
  const other = text.match(MARKER)?.find((found) => found !== marker);
  if (other !== undefined) return `another caller's ${other}`;
  for (const pattern of [...INTERNALS, ...secrets]) {
    const found = pattern.exec(unescaped(text))?.[0];
    if (found !== undefined && !sent.includes(found.trim())) return found.trim().slice(0, 200);
  }
  return null;
}

/** With the line breaks that JSON writes as \n. */
function unescaped(text: string): string {
  return text.replaceAll('\\n', '\n');
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
