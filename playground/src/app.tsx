import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type DeploymentData, deploymentRequest } from './api/operations.ts';
import { AddressNote } from './components/address-note.tsx';
import { FailureNotice } from './components/failure-notice.tsx';
import { OutIcon } from './components/icons.tsx';
import { KeyForm } from './components/key-form.tsx';
import { KeyInUse } from './components/key-in-use.tsx';
import { SelectionPicker } from './components/selection-picker.tsx';
import { TabBar, panelId, tabId } from './components/tab-bar.tsx';
import { WarningsNote } from './components/warnings-note.tsx';
import { createEmbedder } from './pictures/embedder.ts';
import { useAddress } from './state/address.ts';
import { Deployment, type DeploymentState } from './state/deployment.ts';
import { useLiveRequest } from './state/live-request.ts';
import type { View } from './state/route.ts';
import { useDoor } from './state/use-door.ts';
import { useSelections } from './state/use-selections.ts';
import { useHasRuns } from './state/use-has-runs.ts';
import { ExplainView } from './views/explain/explain-view.tsx';
import { MatrixView } from './views/matrix/matrix-view.tsx';
import { RankView } from './views/rank/rank-view.tsx';
import { RunsView } from './views/runs/runs-view.tsx';
import { SearchView } from './views/search/search-view.tsx';
import { SelectionView } from './views/selection/selection-view.tsx';

// One object, so that the request is made once.
const ASK_DEPLOYMENT = { request: deploymentRequest, input: null };
const NONE: ReadonlySet<View> = new Set();
const WITHOUT_RUNS: ReadonlySet<View> = new Set<View>(['runs']);

/** The page: what every view shares, and the views. All stay mounted, so that going back finds them as they were. */
export function App(): JSX.Element {
  const address = useAddress();
  const { route } = address;
  const deployment = useLiveRequest<null, DeploymentData>(ASK_DEPLOYMENT);
  const selections = useSelections(route.selection);
  const hasRuns = useHasRuns(deployment.answer !== null);
  const { key, asked } = useDoor();
  // What one key was refused, another may have.
  const embedder = useMemo(createEmbedder, [key]);
  // Nothing to see until a key was taken once; what was answered before stays.
  const lockedOut = asked !== null && deployment.answer === null;
  const isShown = (view: View): boolean => route.view === view && !lockedOut;
  const [spoken, setSpoken] = useState('');
  useAccepted(asked, () => {
    setSpoken('The key was accepted.');
    document.getElementById(tabId(route.view))?.focus();
  });

  const shared: DeploymentState = {
    embedder,
    encoder: deployment.answer?.data.encoder ?? null,
    limits: deployment.answer?.data.limits ?? null,
    connecting: deployment.answer === null && deployment.pending,
    selections: selections.list,
    selectionNames: selections.names,
    selectionName: route.selection,
    selection: selections.chosen,
    baseRate: route.baseRate,
    setBaseRate: (baseRate) => address.change({ baseRate }),
    // Another record has another base rate of its own.
    chooseSelection: (selection) => address.open({ selection, baseRate: null }),
    announce: setSpoken,
  };
  return (
    <Deployment.Provider value={shared}>
      <header class="masthead">
        <div class="masthead-words">
          <h1>alignql</h1>
          <p>Does this text describe this image, and how sure are we?</p>
        </div>
        {lockedOut ? <span /> : <SelectionPicker />}
        <a class="button" href="/graphiql/">
          <OutIcon /> GraphiQL
        </a>
        <KeyInUse />
        <TabBar address={address} hidden={lockedOut} without={hasRuns ? NONE : WITHOUT_RUNS} />
      </header>
      <main>
        <KeyForm />
        <AddressNote address={address} />
        <WarningsNote />
        {deployment.failure !== null && (
          <FailureNotice failure={deployment.failure} onRetry={deployment.retry} />
        )}
        <Panel view="rank" shown={isShown}>
          <RankView active={isShown('rank')} />
        </Panel>
        <Panel view="matrix" shown={isShown}>
          <MatrixView active={isShown('matrix')} />
        </Panel>
        <Panel view="search" shown={isShown}>
          <SearchView active={isShown('search')} />
        </Panel>
        <Panel view="explain" shown={isShown}>
          <ExplainView active={isShown('explain')} />
        </Panel>
        <Panel view="selection" shown={isShown}>
          <SelectionView active={isShown('selection')} selections={selections} />
        </Panel>
        {(hasRuns || route.view === 'runs') && (
          <Panel view="runs" shown={isShown}>
            <RunsView active={isShown('runs')} />
          </Panel>
        )}
      </main>
      <p role="status" class="visually-hidden" data-testid="announcer">
        {spoken}
      </p>
    </Deployment.Provider>
  );
}

/** @param onAccepted called when the API, which asked for a key, asks no more: the form has gone, and the focus with it */
function useAccepted(asked: string | null, onAccepted: () => void): void {
  const before = useRef(asked);
  useEffect(() => {
    const wasAsked = before.current !== null;
    before.current = asked;
    if (wasAsked && asked === null) onAccepted();
  }, [asked]);
}

interface PanelProps {
  readonly view: View;
  readonly shown: (view: View) => boolean;
  readonly children: JSX.Element;
}

function Panel({ view, shown, children }: PanelProps): JSX.Element {
  return (
    <div role="tabpanel" id={panelId(view)} aria-labelledby={tabId(view)} hidden={!shown(view)}>
      {children}
    </div>
  );
}
