import type { JSX, TargetedKeyboardEvent } from 'preact';
import { arrowTarget } from '../state/roving-focus.ts';
import { type Route, VIEWS, type View, formatRoute } from '../state/route.ts';

const NAMES: Readonly<Record<View, string>> = {
  rank: 'Rank',
  matrix: 'Matrix',
  search: 'Search',
  selection: 'Selection',
};

export const tabId = (view: View): string => `tab-${view}`;
export const panelId = (view: View): string => `view-${view}`;

/** The views as tabs that are links: the address says which is open. */
export function TabBar({ route }: { route: Route }): JSX.Element {
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>): void => {
    const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')];
    const target = event.target instanceof HTMLElement ? arrowTarget(event.key, tabs, event.target) : null;
    if (target === null) return;
    event.preventDefault();
    target.focus();
    target.click();
  };
  return (
    <div role="tablist" aria-label="Views" class="tabs" onKeyDown={onKeyDown}>
      {VIEWS.map((view) => (
        <a
          key={view}
          role="tab"
          id={tabId(view)}
          class="tab"
          href={formatRoute({ ...route, view })}
          aria-selected={view === route.view}
          aria-controls={panelId(view)}
          tabIndex={view === route.view ? 0 : -1}
        >
          {NAMES[view]}
        </a>
      ))}
    </div>
  );
}
