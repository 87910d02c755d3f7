import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

/** From so many names on a list is searched rather than scrolled through. */
export const MANY_NAMES = 13;
/** Shown at once: what one has written narrows them. */
const SHOWN = 50;

export interface NameOption {
  readonly name: string;
  /** Such as how many vectors it has. */
  readonly note?: string;
  readonly disabled?: boolean;
}

interface Props {
  readonly id: string;
  /** The name in use. */
  readonly value: string;
  readonly options: readonly NameOption[];
  /** In the plural, for what is told of how many there are. */
  readonly noun: string;
  readonly onChoose: (name: string) => void;
}

/**
 * Chooses one of many names by a part of it: a combobox with a list (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/), which a label
 * names by `id`. Arrows move, Enter takes, Escape leaves all as it was.
 */
export function NamePicker({ id, value, options, noun, onChoose }: Props): JSX.Element {
  const listId = useId();
  /** What has been written since it was opened; null: closed. */
  const [written, setWritten] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const found = written === null ? [] : findNames(options, written);
  const shown = found.slice(0, SHOWN);
  const optionId = (index: number): string => `${listId}-${index}`;
  useEffect(() => {
    if (written !== null) document.getElementById(optionId(active))?.scrollIntoView({ block: 'nearest' });
  }, [active, written]);

  const open = (text: string): void => {
    setWritten(text);
    const matching = findNames(options, text);
    setActive(Math.max(0, text === '' ? matching.findIndex(({ name }) => name === value) : 0));
  };
  const close = (): void => setWritten(null);
  const take = (option: NameOption | undefined): void => {
    if (option === undefined || option.disabled) return;
    close();
    if (option.name !== value) onChoose(option.name);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (written === null) open('');
      else if (shown.length > 0) setActive((active + step + shown.length) % shown.length);
    } else if (event.key === 'Enter' && written !== null) {
      event.preventDefault();
      take(shown[active]);
    } else if (event.key === 'Escape' && written !== null) {
      event.preventDefault();
      close();
    }
  };

  return (
    <div class="name-picker">
      <input
        ref={input}
        id={id}
        class="field"
        role="combobox"
        aria-expanded={written !== null}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={written !== null && shown.length > 0 ? optionId(active) : undefined}
        aria-describedby={`${listId}-count`}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="go"
        placeholder={value}
        value={written ?? value}
        onInput={(event) => open(event.currentTarget.value)}
        onClick={() => written === null && open('')}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      <div class="name-list" hidden={written === null}>
        <ul role="listbox" id={listId} aria-label={noun}>
          {shown.map((option, index) => (
            <li
              key={option.name}
              id={optionId(index)}
              role="option"
              aria-selected={option.name === value}
              aria-disabled={option.disabled === true}
              data-active={index === active}
              // The field keeps the focus: what it loses closes the list.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(option)}
            >
              <span>{option.name}</span>
              {option.note !== undefined && <span class="hint">{option.note}</span>}
            </li>
          ))}
        </ul>
      </div>
      <p class="visually-hidden" id={`${listId}-count`} role="status">
        {countWords(found.length, options.length, noun, written)}
      </p>
    </div>
  );
}

/** Those that have all that is written, wherever it stands, in their order. */
function findNames(options: readonly NameOption[], written: string): readonly NameOption[] {
  const parts = written.toLowerCase().split(/\s+/);
  return options.filter(({ name }) => parts.every((part) => name.includes(part)));
}

function countWords(found: number, all: number, noun: string, written: string | null): string {
  if (written === null) return `${all} ${noun}; write a part of a name to find it.`;
  if (found === 0) return `None of ${all} ${noun} has “${written}” in its name.`;
  return found > SHOWN
    ? `${SHOWN} of ${found} are shown: write more of the name.`
    : `${found} of ${all} ${noun}.`;
}
