import type { JSX, TargetedClipboardEvent, TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { type CaptionList, changeLine, insertLines, removeLine, splitLines } from '../state/captions.ts';
import { CrossIcon, PlusIcon } from './icons.tsx';

interface Props {
  readonly captions: CaptionList;
  /** What stands in empty fields, the first in the first; the usual words beyond them. */
  readonly hints?: readonly string[];
  readonly maxCharacters: number | null;
  readonly onChange: (captions: CaptionList) => void;
}

/** Captions, one a line. Enter adds a line, Backspace in an empty one removes it, pasting several lines adds them all. */
export function CaptionEditor({ captions, hints = [], maxCharacters, onChange }: Props): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  // Where focus goes once the lines are drawn again: the index of a line.
  const focusNext = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (focusNext.current === null) return;
    list.current?.querySelectorAll('input')[focusNext.current]?.focus();
    focusNext.current = null;
  });

  const add = (afterId: number | null, texts: readonly string[]): void => {
    const next = insertLines(captions, afterId, texts);
    const after = captions.lines.findIndex((line) => line.id === afterId);
    // The last of the new lines, whether or not the first of them took an empty one's place.
    focusNext.current =
      (after === -1 ? captions.lines.length - 1 : after) + next.lines.length - captions.lines.length;
    onChange(next);
  };
  const remove = (id: number, focusIndex: number): void => {
    focusNext.current = Math.max(0, Math.min(focusIndex, captions.lines.length - 2));
    onChange(removeLine(captions, id));
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLInputElement>, id: number, index: number): void => {
    const inputs = list.current?.querySelectorAll('input');
    if (event.key === 'Enter' && !event.isComposing) add(id, ['']);
    else if (event.key === 'Backspace' && event.currentTarget.value === '') remove(id, index - 1);
    else if (event.key === 'ArrowUp') inputs?.[index - 1]?.focus();
    else if (event.key === 'ArrowDown') inputs?.[index + 1]?.focus();
    else return;
    event.preventDefault();
  };
  const onPaste = (event: TargetedClipboardEvent<HTMLInputElement>, id: number): void => {
    const lines = splitLines(event.clipboardData?.getData('text/plain') ?? '');
    if (lines.length < 2) return;
    event.preventDefault();
    add(id, lines);
  };

  return (
    <div class="captions">
      <ol class="caption-lines" ref={list}>
        {captions.lines.map((line, index) => (
          <li key={line.id} class="caption-line">
            <input
              type="text"
              class="field"
              aria-label={`Caption ${index + 1}`}
              placeholder={hints[index] ?? 'Say what is in the picture'}
              value={line.text}
              maxLength={maxCharacters ?? undefined}
              onInput={(event) => onChange(changeLine(captions, line.id, event.currentTarget.value))}
              onKeyDown={(event) => onKeyDown(event, line.id, index)}
              onPaste={(event) => onPaste(event, line.id)}
            />
            <button
              type="button"
              class="icon-button"
              aria-label={`Remove caption ${index + 1}`}
              onClick={() => remove(line.id, index)}
            >
              <CrossIcon />
            </button>
          </li>
        ))}
      </ol>
      <div class="caption-actions">
        <button type="button" class="button" onClick={() => add(null, [''])}>
          <PlusIcon /> Add a caption
        </button>
        <p class="hint">Paste several lines to add them all.</p>
      </div>
    </div>
  );
}
