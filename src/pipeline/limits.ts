/**
 * What the platform permits, on its paid plan, as of 2026-11: developers.cloudflare.com, pages "Limits" of Workers, Workflows, Queues and R2.
 */
export const PLATFORM_LIMITS = {
  /** Of one instance of a Workflow, sleeps counted here although the platform does not. */
  workflowSteps: 25_000,
  stepResultBytes: 1024 * 1024,
  messageBytes: 128_000,
  messagesASend: 100,
  sendBytes: 256_000,
  messagesASecond: 5_000,
  /** Of one invocation of a consumer. */
  consumerSeconds: 900,
  cpuSeconds: 300,
  memoryBytes: 128 * 1024 * 1024,
  /** Objects that one list names. */
  objectsAList: 1_000,
  /** Keys that one delete takes. */
  keysADelete: 1_000,
  /** Of wrangler.pipeline.toml, [limits]. */
  subrequests: 100_000,
} as const;
