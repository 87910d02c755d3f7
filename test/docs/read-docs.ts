import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Tokens, lexer } from 'marked';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block: `language` and what stands behind it on the fence, the text, and the file it stands in. */
export interface CodeBlock {
  readonly file: string;
  readonly language: string;
  readonly info: string;
  readonly text: string;
}

/** The README, docs/ and the READMEs of the models: whatever a user may copy a command from. */
export async function documents(): Promise<string[]> {
  const docs = (await readdir(`${ROOT}docs`)).filter((name) => name.endsWith('.md')).sort();
  return [
    'README.md',
    ...docs.map((name) => `docs/${name}`),
    'models/sample/README.md',
    'models/tiny-clip/README.md',
  ];
}

/** Fenced blocks of one document, in order. */
export async function codeBlocks(file: string): Promise<CodeBlock[]> {
  const tokens = lexer(await readFile(`${ROOT}${file}`, 'utf8'));
  return tokens
    .filter((token): token is Tokens.Code => token.type === 'code' && token.codeBlockStyle !== 'indented')
    .map(({ lang = '', text }) => {
      const [language, ...info] = lang.split(' ');
      return { file, language, info: info.join(' '), text };
    });
}

export async function allCodeBlocks(): Promise<CodeBlock[]> {
  return (await Promise.all((await documents()).map(codeBlocks))).flat();
}
