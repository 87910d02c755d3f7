import type { JSX } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { Deployment } from '../state/deployment.ts';
import { CheckIcon, CopyIcon } from './icons.tsx';

const SAY_COPIED_MS = 1600;

/** Copies a text and says so, to the eye and to a screen reader. */
export function CopyButton({ label, text }: { label: string; text: () => string }): JSX.Element {
  const { announce } = useContext(Deployment);
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready');
  useEffect(() => {
    if (state === 'ready') return;
    const timer = setTimeout(() => setState('ready'), SAY_COPIED_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => {
    const copied = await writeClipboard(text());
    setState(copied ? 'copied' : 'refused');
    announce(copied ? 'Copied.' : 'The browser refused to copy.');
  };
  return (
    <button type="button" class="button" onClick={() => void copy()}>
      {state === 'copied' ? <CheckIcon /> : <CopyIcon />}{' '}
      {state === 'refused' ? 'Not allowed to copy' : label}
    </button>
  );
}

/** False where the browser refuses: no permission, or a page that came over plain http from another machine. */
async function writeClipboard(text: string): Promise<boolean> {
  if (!('clipboard' in navigator)) return false;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (thrown) {
    if (thrown instanceof DOMException) return false;
    throw thrown;
  }
}
