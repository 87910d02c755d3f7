import type { JSX, TargetedEvent } from 'preact';
import { useId, useState } from 'preact/hooks';
import { readPictureUrl } from '../pictures/picture.ts';

interface Props {
  readonly many: boolean;
  /** @param url as `readPictureUrl` gives it */
  readonly onUrl: (url: string) => void;
}

/** A picture by its URL. The API fetches it: this page asks nothing of other hosts. */
export function PictureUrlField({ many, onUrl }: Props): JSX.Element {
  const id = useId();
  const [text, setText] = useState('');
  const [refused, setRefused] = useState(false);
  const onSubmit = (event: TargetedEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const url = readPictureUrl(text.trim());
    setRefused(url === null);
    if (url === null) return;
    setText('');
    onUrl(url);
  };
  return (
    <form class="picture-url" onSubmit={onSubmit} noValidate>
      <label for={id} class="visually-hidden">
        Picture by URL
      </label>
      <input
        id={id}
        type="url"
        inputMode="url"
        autoComplete="off"
        spellcheck={false}
        class="field"
        placeholder="https://… of a picture"
        value={text}
        aria-invalid={refused}
        aria-describedby={`${id}-why`}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setRefused(false);
        }}
      />
      <button type="submit" class="button">
        {many ? 'Add by URL' : 'Use URL'}
      </button>
      <p
        class={refused ? 'picture-url-why picture-url-refused' : 'picture-url-why hint'}
        id={`${id}-why`}
        role="status"
      >
        {refused ? 'Expected a URL that begins with https://, of at most 2,048 characters.' : ''}
      </p>
    </form>
  );
}
