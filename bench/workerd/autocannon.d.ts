/** As much of autocannon 9 as is used here; it brings no types. */
declare module 'autocannon' {
  interface Request {
    readonly body: string;
    readonly onResponse?: (status: number, body: string) => void;
  }
  interface Options {
    readonly url: string;
    readonly connections: number;
    /** Seconds; nothing where `amount` is given. */
    readonly duration?: number;
    /** Requests. */
    readonly amount?: number;
    /** Seconds for one answer. */
    readonly timeout?: number;
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly requests: readonly Request[];
  }
  interface Result {
    readonly errors: number;
    readonly timeouts: number;
    readonly non2xx: number;
    readonly duration: number;
    readonly requests: { readonly total: number };
  }
  interface Run extends Promise<Result> {
    on(
      event: 'response',
      listener: (client: unknown, statusCode: number, bytes: number, responseTimeMs: number) => void,
    ): void;
  }
  export default function autocannon(options: Options): Run;
}
