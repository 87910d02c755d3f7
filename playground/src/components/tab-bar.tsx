import type { JSX, TargetedKeyboardEvent, TargetedMouseEvent } from 'preact';
import type { Address } from '../state/address.ts';
import { arrowTarget } from '../state/roving-focus.ts';
import { VIEWS, type View } from '../state/route.ts';

const NAMES: Readonly<Record<View, string>> = {
  rank: 'Rank',
  matrix: 'Matrix',
  search: 'Search',
  explain: 'Explain',
  selection: 'Selection',
  runs: 'Runs',
};

export const tabId = (view: View): string => `tab-${view}`;
export const panelId = (view: View): string => `view-${view}`;

interface Props {
  readonly address: Address;
  readonly hidden: boolean;
  /** Views that are left out, unless they are open. */
  readonly without: ReadonlySet<View>;
}

/** The views as tabs that are links: the address says which is open, and what it asks. */
export function TabBar({ address, hidden, without }: Props): JSX.Element {
  const open = address.route.view;
  const onClick = (event: TargetedMouseEvent<HTMLElement>, view: View): void => {
    // In a new tab or window the browser follows the link.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    address.open({ view });
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>): void => {
    const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')];
    const target = event.target instanceof HTMLElement ? arrowTarget(event.key, tabs, event.target) : null;
    if (target === null) return;
    event.preventDefault();
    target.focus();
    target.click();
  };
  return (
    <div role="tablist" aria-label="Views" class="tabs" hidden={hidden} onKeyDown={onKeyDown}>
      {VIEWS.filter((view) => view === open || !without.has(view)).map((view) => (
        <a
          key={view}
          role="tab"
          id={tabId(view)}
          class="tab"
          href={address.hrefOf(view)}
          onClick={(event) => onClick(event, view)}
          aria-selected={view === open}
          aria-controls={panelId(view)}
          tabIndex={view === open ? 0 : -1}
        >
          {NAMES[view]}
        </a>
      ))}
    </div>
  );
}
