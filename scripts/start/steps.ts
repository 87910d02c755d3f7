const REPORT_MS = 5_000;

export interface Steps {
  /** Names the work while it is under way. */
  during<T>(name: string, work: Promise<T>): Promise<T>;
  end(): void;
}

/** Tells every five seconds what a start is at. */
export function reportSteps(tell: (line: string) => void): Steps {
  const running = new Set<string>();
  const timer = setInterval(() => {
    if (running.size > 0) tell(`Still starting: ${[...running].join(', ')}…`);
  }, REPORT_MS);
  timer.unref();
  return {
    during: async (name, work) => {
      running.add(name);
      try {
        return await work;
      } finally {
        running.delete(name);
      }
    },
    end: () => clearInterval(timer),
  };
}
