/**
 * Whether the server still answers. It is asked from time to time, and questions that get no answer are asked again
 * once it does.
 */
import type { Connection } from "./source";

/** Thrown by a question that did not reach the server, or that the server refused because of the missing key. */
export class Unreachable extends Error {
  constructor(
    readonly why: Exclude<Connection, "open">,
    message: string,
  ) {
    super(message);
  }
}

const ALIVE_EVERY_MS = 5000;
const LOST_EVERY_MS = 2000;
/** A question may fail although the server is there, as when it closes a connection: so often it is asked again. */
const TRIES = 3;

export class ConnectionWatch {
  private now: Connection = "open";
  private server: string | null = null;
  private listener: ((now: Connection) => void) | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly waiting: (() => void)[] = [];

  /** `ask`: asks the server for its name, which no other has, not even one that serves the same table. */
  constructor(private readonly ask: () => Promise<string>) {}

  watch(listener: (now: Connection) => void): () => void {
    this.listener = listener;
    void this.check();
    return () => {
      clearTimeout(this.timer);
      this.listener = null;
    };
  }

  /** Ask `question`; where nobody is there to answer and someone watches, wait and ask again. */
  async patiently<T>(question: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await question();
      } catch (error) {
        if (!(error instanceof Unreachable) || this.listener === null || signal?.aborted) throw error;
        const isThere = (await this.check()) === "open";
        if (isThere && tries >= TRIES) throw error;
        if (!isThere) {
          await this.opened(signal);
          tries = 0;
        }
      }
    }
  }

  private async check(): Promise<Connection> {
    clearTimeout(this.timer);
    const found = await this.find();
    if (this.listener === null) return found;
    clearTimeout(this.timer); // of a check at the same time
    this.timer = setTimeout(() => void this.check(), found === "open" ? ALIVE_EVERY_MS : LOST_EVERY_MS);
    if (found !== this.now) {
      this.now = found;
      this.listener(found);
    }
    if (found === "open") this.waiting.splice(0).forEach((resolve) => resolve());
    return found;
  }

  private async find(): Promise<Connection> {
    try {
      const server = await this.ask();
      this.server ??= server;
      return server === this.server ? "open" : "restarted";
    } catch (error) {
      return error instanceof Unreachable ? error.why : "lost";
    }
  }

  private opened(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push(resolve);
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  }
}
