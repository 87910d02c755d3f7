import type { ComponentChildren, JSX } from 'preact';
import { useRef } from 'preact/hooks';

/** What one sees in a view, in a plain sentence, and how a program asks the same. */
export function ViewIntro({ children }: { children: ComponentChildren }): JSX.Element {
  const intro = useRef<HTMLDivElement>(null);
  const showRequests = (): void => {
    const panel = intro.current?.closest('[role=tabpanel]')?.querySelector('details.requests');
    if (!(panel instanceof HTMLDetailsElement)) return;
    panel.open = true;
    const summary = panel.querySelector('summary');
    summary?.focus({ preventScroll: true });
    summary?.scrollIntoView({ block: 'start' });
  };
  return (
    <div class="view-intro" ref={intro}>
      <p class="view-sentence">{children}</p>
      <button type="button" class="button view-call" onClick={showRequests}>
        <code>POST /graphql</code> Call it yourself
      </button>
    </div>
  );
}
