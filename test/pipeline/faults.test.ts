import { beforeAll, expect, it, vi } from 'vitest';
import { type SimulatedOutcome, passPauses, simulateRun } from './simulated-platform.ts';

vi.mock('cloudflare:workers', () => ({
  WorkflowEntrypoint: class {
    readonly env: unknown;
    constructor(_: unknown, env: unknown) {
      this.env = env;
    }
  },
}));
vi.mock('cloudflare:workflows', () => ({
  NonRetryableError: class extends Error {
    override name = 'NonRetryableError';
  },
}));

/** Read by a name that types do not follow: its own are a Worker's. */
const WORKFLOW = '../../src/pipeline/workflow.ts';
let Workflow: Parameters<typeof simulateRun>[0];
let whole: SimulatedOutcome;

beforeAll(async () => {
  for (const method of ['warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation(() => undefined);
  passPauses();
  ({ PipelineWorkflow: Workflow } = (await import(WORKFLOW)) as { PipelineWorkflow: typeof Workflow });
  whole = await simulateRun(Workflow, { at: -1, fault: 'refused', seed: null });
});

it('a run that nothing befalls is complete', () => {
  expect(whole).toMatchObject({ phase: 'complete', error: null, resumptions: 0 });
});
/** Every call in turn: PIPELINE_FAULT_STEP=1, which takes some minutes. */
const STEP = Number(process.env.PIPELINE_FAULT_STEP ?? 37);

function outcomeOf({ phase, error, id, published, keys }: SimulatedOutcome) {
  return { phase, error, id, published, keys };
}

it.each(['refused', 'unanswered', 'killed', 'overtaken'] as const)(
  'a run of which any one call is %s ends as one that nothing befalls',
  async (fault) => {
    for (let at = fault.length % STEP; at < whole.calls; at += STEP) {
      const run = await simulateRun(Workflow, { at, fault, seed: null });
      expect.soft(outcomeOf(run), `call ${at}`).toEqual(outcomeOf(whole));
      expect.soft(run.resumptions, `call ${at}`).toBe(0);
    }
  },
);

it('messages that come in another order, and some of them twice, change nothing', async () => {
  for (let seed = 1; seed <= 100 / STEP; seed++) {
    const run = await simulateRun(Workflow, { at: -1, fault: 'refused', seed });
    expect.soft(outcomeOf(run), `seed ${seed}`).toEqual(outcomeOf(whole));
  }
});
