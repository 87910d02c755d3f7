import { type FormEvent, type ReactElement, createElement as h, useId, useState } from 'react';
import { type Door, forgetKey, giveKey, keyIdOf } from '../src/api/door.ts';

/** Above GraphiQL: where a locked deployment is given its key, then which one is used. Nothing where none is asked for or given. */
export function KeyBar({ door }: { readonly door: Door }): ReactElement | null {
  if (door.asked !== null) return h(KeyForm, { door });
  if (door.key === null) return null;
  return h(
    'p',
    { className: 'key-bar' },
    'Asked with the key ',
    h('code', null, keyIdOf(door.key) ?? 'of this tab'),
    forgetButton(),
  );
}

function KeyForm({ door: { key, asked, checking } }: { readonly door: Door }): ReactElement {
  const id = useId();
  const [text, setText] = useState('');
  const [refused, setRefused] = useState<string | null>(null);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    setRefused(giveKey(text));
  };
  const why = refused ?? (key === null || checking ? '' : asked);
  const status = checking
    ? 'Checking the key…'
    : 'Kept in this tab until it is closed. Or write it in the Headers editor: {"authorization": "Bearer alignql_…"}';
  return h(
    'form',
    { className: 'key-bar', onSubmit, noValidate: true, 'aria-labelledby': `${id}-label` },
    h('label', { htmlFor: id, id: `${id}-label` }, 'This deployment asks for a key'),
    h('input', {
      id,
      type: 'password',
      autoComplete: 'off',
      autoCapitalize: 'off',
      spellCheck: false,
      placeholder: 'alignql_…',
      value: text,
      'aria-invalid': why !== '',
      'aria-describedby': `${id}-why`,
      onChange: (event: { readonly target: { readonly value: string } }) => {
        setText(event.target.value);
        setRefused(null);
      },
    }),
    h('button', { type: 'submit' }, 'Use key'),
    key === null ? null : forgetButton(),
    h('span', { id: `${id}-why`, role: 'alert', className: 'key-bar-why' }, why),
    h('span', { role: 'status' }, status),
  );
}

function forgetButton(): ReactElement {
  return h('button', { type: 'button', onClick: forgetKey }, 'Forget key');
}
