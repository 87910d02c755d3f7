import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import {
  type DeploymentData,
  type SelectionsData,
  deploymentRequest,
  selectionsRequest,
} from './api/operations.ts';
import { AddressNote } from './components/address-note.tsx';
import { FailureNotice } from './components/failure-notice.tsx';
import { OutIcon } from './components/icons.tsx';
import { SelectionPicker } from './components/selection-picker.tsx';
import { TabBar, panelId, tabId } from './components/tab-bar.tsx';
import { createEmbedder } from './pictures/embedder.ts';
import { useAddress } from './state/address.ts';
import { Deployment, type DeploymentState } from './state/deployment.ts';
import { useLiveRequest } from './state/live-request.ts';
import type { View } from './state/route.ts';
import { MatrixView } from './views/matrix/matrix-view.tsx';
import { RankView } from './views/rank/rank-view.tsx';
import { SearchView } from './views/search/search-view.tsx';
import { SelectionView } from './views/selection/selection-view.tsx';

// One object each, so that the requests are made once.
const ASK_DEPLOYMENT = { request: deploymentRequest, input: null };
const ASK_SELECTIONS = { request: selectionsRequest, input: null };

/** The page: what every view shares, and the views. All stay mounted, so that going back finds them as they were. */
export function App(): JSX.Element {
  const address = useAddress();
  const { route } = address;
  const deployment = useLiveRequest<null, DeploymentData>(ASK_DEPLOYMENT);
  const published = useLiveRequest<null, SelectionsData>(ASK_SELECTIONS);
  const embedder = useMemo(createEmbedder, []);
  const [spoken, setSpoken] = useState('');
  const selections = published.answer?.data.selections ?? null;

  const shared: DeploymentState = {
    embedder,
    encoder: deployment.answer?.data.encoder ?? null,
    limits: deployment.answer?.data.limits ?? null,
    connecting: deployment.answer === null && deployment.pending,
    selections,
    selectionName: route.selection,
    selection: selections?.find(({ name }) => name === route.selection) ?? null,
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
        <SelectionPicker />
        <a class="button" href="/graphiql/">
          <OutIcon /> GraphiQL
        </a>
        <TabBar address={address} />
      </header>
      <main>
        <AddressNote address={address} />
        {deployment.failure !== null && (
          <FailureNotice failure={deployment.failure} onRetry={deployment.retry} />
        )}
        <Panel view="rank" open={route.view}>
          <RankView active={route.view === 'rank'} />
        </Panel>
        <Panel view="matrix" open={route.view}>
          <MatrixView active={route.view === 'matrix'} />
        </Panel>
        <Panel view="search" open={route.view}>
          <SearchView active={route.view === 'search'} />
        </Panel>
        <Panel view="selection" open={route.view}>
          <SelectionView active={route.view === 'selection'} published={published} />
        </Panel>
      </main>
      <p role="status" class="visually-hidden" data-testid="announcer">
        {spoken}
      </p>
    </Deployment.Provider>
  );
}

function Panel({ view, open, children }: { view: View; open: View; children: JSX.Element }): JSX.Element {
  return (
    <div role="tabpanel" id={panelId(view)} aria-labelledby={tabId(view)} hidden={view !== open}>
      {children}
    </div>
  );
}
