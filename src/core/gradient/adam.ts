/** What Adam remembers between steps, of as many parameters as `first` has. */
export interface AdamState {
  readonly first: Float64Array;
  readonly second: Float64Array;
  steps: number;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

export function createAdamState(parameterCount: number): AdamState {
  return { first: new Float64Array(parameterCount), second: new Float64Array(parameterCount), steps: 0 };
}

/**
 * One step of Adam down a gradient; parameters and state change in place.
 * @param parameters and `gradient`: of the state's length
 * Source: Kingma and Ba 2015, algorithm 1, with its defaults (β₁ .9, β₂ .999, ε 1e-8).
 */
export function adamStep(
  parameters: Float32Array | Float64Array,
  gradient: Float32Array | Float64Array,
  state: AdamState,
  learningRate: number,
): void {
  const { first, second } = state;
  const step = ++state.steps;
  const rate = learningRate / (1 - BETA1 ** step);
  const correction = 1 - BETA2 ** step;
  for (let i = 0; i < parameters.length; i++) {
    const slope = gradient[i];
    const mean = BETA1 * first[i] + (1 - BETA1) * slope;
    const square = BETA2 * second[i] + (1 - BETA2) * slope * slope;
    first[i] = mean;
    second[i] = square;
    parameters[i] -= (rate * mean) / (Math.sqrt(square / correction) + EPSILON);
  }
}
