import type { JSX } from 'preact';
import type { Decision } from '../../../src/graphql/generated/api.ts';
import { CheckIcon, CrossIcon, UnsureIcon } from './icons.tsx';

const MARKS: Readonly<Record<Decision, { readonly word: string; readonly Icon: () => JSX.Element }>> = {
  MATCH: { word: 'match', Icon: CheckIcon },
  UNCERTAIN: { word: 'uncertain', Icon: UnsureIcon },
  MISMATCH: { word: 'mismatch', Icon: CrossIcon },
};

export function decisionWord(decision: Decision): string {
  return MARKS[decision].word;
}

/** A decision as word, icon and colour. `brief` hides the word from sight, not from screen readers. */
export function DecisionMark({
  decision,
  brief = false,
}: {
  decision: Decision;
  brief?: boolean;
}): JSX.Element {
  const { word, Icon } = MARKS[decision];
  return (
    <span class={`decision decision-${word}`}>
      <Icon />
      <span class={brief ? 'visually-hidden' : undefined}>{word}</span>
    </span>
  );
}
