import type { JSX } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { RunPhase, RunStatus, RunSummary } from '../../../../src/pipeline/run-status.ts';
import { RUNS_PATH, readRun, readRuns } from '../../api/runs.ts';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { formatMoment } from '../../format-numbers.ts';
import { addressedAtFirst, useAddressed } from '../../state/address.ts';
import { Deployment } from '../../state/deployment.ts';
import { type Polled, usePolled } from '../../state/use-polled.ts';
import { RunDetail } from './run-detail.tsx';
import { goesOn, phaseWords } from './run-words.ts';

/** Runs of the pipeline: which there are, how far one is, and what came of it. Followed while they go on and the view is open. */
export function RunsView({ active }: { active: boolean }): JSX.Element {
  const [chosen, setChosen] = useState(() => addressedAtFirst('runs').get('run'));
  useAddressed('runs', chosen === null ? '' : String(new URLSearchParams({ run: chosen })), (params) =>
    setChosen(params.get('run')),
  );
  const listed = usePolled(
    active ? RUNS_PATH : null,
    (_, signal) => readRuns(signal),
    (runs) => runs?.some(goesOn) === true,
  );
  const id = chosen ?? listed.data?.[0]?.id ?? null;
  const one = usePolled(active ? id : null, readRun, goesOn);
  useSpokenPhase(one.data);
  return (
    <div class="runs-view">
      <div class="view-intro">
        <p class="view-sentence">
          Runs of the pipeline, which makes a selection from a dataset that no machine holds: how far they
          are, what was left out, and what came of them.
        </p>
        <code>GET {RUNS_PATH}</code>
      </div>
      <section class="panel" aria-labelledby="runs-title">
        <h2 id="runs-title">Runs</h2>
        <RunList listed={listed} id={id} onChoose={setChosen} />
      </section>
      {id !== null && (
        <section class="panel selection-detail" aria-labelledby="run-title">
          <h2 id="run-title">{one.data?.dataset ?? `Run ${id}`}</h2>
          {one.failure !== null && <FailureNotice failure={one.failure} onRetry={one.retry} />}
          {one.sending && one.data === null && (
            <p class="hint" role="status">
              Reading the run…
            </p>
          )}
          {one.data !== null && <RunDetail run={one.data} />}
        </section>
      )}
    </div>
  );
}

interface ListProps {
  readonly listed: Polled<readonly RunSummary[] | null>;
  readonly id: string | null;
  readonly onChoose: (id: string) => void;
}

function RunList({ listed: { data: runs, failure, sending, retry }, id, onChoose }: ListProps): JSX.Element {
  if (failure !== null && runs === null) return <FailureNotice failure={failure} onRetry={retry} />;
  if (runs === null) {
    return (
      <p class="hint" role="status">
        {sending ? 'Reading the runs…' : 'This deployment has no pipeline: none is bound as PIPELINE.'}
      </p>
    );
  }
  return (
    <>
      {failure !== null && <FailureNotice failure={failure} onRetry={retry} />}
      {runs.length === 0 && (
        <p class="hint">
          There are none yet: run <code>npm run -s pipeline -- start</code>.
        </p>
      )}
      <fieldset class="selection-list">
        <legend class="visually-hidden">Run to show</legend>
        {runs.map((run) => (
          <label key={run.id} class="selection-card">
            <input
              type="radio"
              name="run"
              value={run.id}
              checked={run.id === id}
              onChange={() => onChoose(run.id)}
            />
            <span class="selection-card-text">
              <strong>{run.dataset}</strong>
              <span class={`run-phase run-${run.phase}`}>{phaseWords(run.phase)}</span>
              <span class="hint">
                <time dateTime={run.createdAt}>{formatMoment(run.createdAt)}</time>
              </span>
            </span>
          </label>
        ))}
      </fieldset>
    </>
  );
}

/** Tells a screen reader when the run that is shown has got to something else. */
function useSpokenPhase(run: RunStatus | null): void {
  const { announce } = useContext(Deployment);
  const before = useRef<{ readonly id: string; readonly phase: RunPhase } | null>(null);
  useEffect(() => {
    const last = before.current;
    before.current = run;
    if (run !== null && last?.id === run.id && last.phase !== run.phase) announce(phaseWords(run.phase));
  }, [run]);
}
