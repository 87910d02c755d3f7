import { createContext } from 'preact';
import type { DeploymentData, DeploymentLimits, SelectionData } from '../api/operations.ts';
import type { Embedder } from '../pictures/embedder.ts';

/** What every view shares: the API's limits, the published selections, and the settings that scores depend on. */
export interface DeploymentState {
  readonly embedder: Embedder;
  readonly encoder: DeploymentData['encoder'] | null;
  /** Null until the API answered. */
  readonly limits: DeploymentLimits | null;
  /** The API was asked for them and has not answered yet. */
  readonly connecting: boolean;
  /** The first hundred. */
  readonly selections: readonly SelectionData[] | null;
  /** Of all. */
  readonly selectionNames: readonly string[] | null;
  /** The name that is asked for, published or not. */
  readonly selectionName: string;
  /** Its record; null while unknown or when there is none. */
  readonly selection: SelectionData | null;
  /** Null: the record's own. */
  readonly baseRate: number | null;
  readonly setBaseRate: (baseRate: number | null) => void;
  readonly chooseSelection: (name: string) => void;
  /** Tell a screen reader, politely, when it has nothing else to say. */
  readonly announce: (text: string) => void;
}

// Only used under the provider in app.tsx; a view without it would be a bug that should show at once.
export const Deployment = createContext<DeploymentState>(null as unknown as DeploymentState);

/** Long after the eye has seen an answer, so that a screen reader hears the last of a burst and not each. */
export const ANNOUNCE_AFTER_MS = 700;
