import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Marked } from 'marked';
import type { Plugin } from 'vite';

/**
 * Render the project's documents into the build, so that what the page links to is there offline too: docs/words.md at
 * `/docs/words`, its headings linked as on GitHub.
 * @param folder holds the .md files
 * @param styles style sheets, one after the other the document's own
 */
export function documents({
  folder,
  styles,
}: {
  readonly folder: string;
  readonly styles: readonly string[];
}): Plugin {
  return {
    name: 'documents',
    buildStart() {
      const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
      for (const name of names) {
        const file = join(folder, name);
        this.addWatchFile(file);
        const source = renderDocument(readFileSync(file, 'utf8'), new Set(names));
        this.emitFile({ type: 'asset', fileName: `docs/${name.replace(/\.md$/, '.html')}`, source });
      }
      const source = styles.map((path) => readFileSync(path, 'utf8')).join('\n');
      this.emitFile({ type: 'asset', fileName: 'docs/document.css', source });
    },
  };
}

/**
 * @param markdown begins with its title, `# Words`
 * @param known file names that links may lead to; a link to any other file becomes its words, as only the repository has it
 */
export function renderDocument(markdown: string, known: ReadonlySet<string>): string {
  let tableCount = 0;
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${headingId(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const words = this.parser.parseInline(tokens);
        const [, file, fragment = ''] = /^([^#]*)(#.*)?$/.exec(href) ?? [];
        if (/^https?:/.test(href) || file === '') return `<a href="${href}">${words}</a>`;
        return known.has(file)
          ? `<a href="/docs/${file.replace(/\.md$/, '')}${fragment}">${words}</a>`
          : words;
      },
      table(token) {
        const cells = (row: typeof token.header, tag: string): string =>
          row.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('');
        const body = token.rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
        // Wide tables scroll by themselves; by keyboard too.
        return `<div class="table" tabindex="0" role="region" aria-label="Table ${(tableCount += 1)}"><table><thead><tr>${cells(token.header, 'th')}</tr></thead><tbody>${body}</tbody></table></div>\n`;
      },
      image: ({ text }) => text,
    },
  });
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? 'Documentation';
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}: alignql</title>
    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/docs/document.css" />
  </head>
  <body>
    <nav><a href="/">alignql</a></nav>
    <main>
${marked.parse(markdown, { async: false })}
    </main>
  </body>
</html>
`;
}

/** As GitHub makes the fragments of headings. */
export function headingId(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}
