/** One line of the caption list; the id outlives edits, so that a row keeps its place and focus. */
export interface CaptionLine {
  readonly id: number;
  readonly text: string;
}

/** `edited`: a person has changed it; the page then never replaces it on its own. */
export interface CaptionList {
  readonly lines: readonly CaptionLine[];
  readonly edited: boolean;
}

let lastId = 0;
const newLine = (text: string): CaptionLine => ({ id: ++lastId, text });

export function captionList(texts: readonly string[]): CaptionList {
  return { lines: texts.map(newLine), edited: false };
}

export function changeLine({ lines }: CaptionList, id: number, text: string): CaptionList {
  return { lines: lines.map((line) => (line.id === id ? { id, text } : line)), edited: true };
}

export function removeLine({ lines }: CaptionList, id: number): CaptionList {
  const left = lines.filter((line) => line.id !== id);
  return { lines: left.length === 0 ? [newLine('')] : left, edited: true };
}

/** Put new lines after the line with the id, or at the end; a line that is empty gives its place to the first of them. */
export function insertLines(
  { lines }: CaptionList,
  afterId: number | null,
  texts: readonly string[],
): CaptionList {
  const index = afterId === null ? lines.length - 1 : lines.findIndex((line) => line.id === afterId);
  const replaces = lines[index]?.text === '' && texts.some((text) => text !== '');
  return {
    lines: [
      ...lines.slice(0, replaces ? index : index + 1),
      ...texts.map(newLine),
      ...lines.slice(index + 1),
    ],
    edited: true,
  };
}

/** The lines of a pasted text: trimmed, bullets and numbering dropped, empty ones left out. */
export function splitLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '').trim())
    .filter((line) => line !== '');
}

/** The lines that say something, trimmed: what is sent. */
export function filledLines({ lines }: CaptionList): CaptionLine[] {
  return lines.map(({ id, text }) => ({ id, text: text.trim() })).filter(({ text }) => text !== '');
}
