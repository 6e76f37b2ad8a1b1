/** Only the latest question is answered: asking again, or stopping, aborts the one before and drops its answer. */

export interface Handlers<T> {
  readonly answer: (value: T) => void;
  readonly failure: (error: Error) => void;
}

export interface Latest {
  /**
   * Run `question` and hand what it resolves to, or why it failed, to one of the handlers; to neither once another
   * question was asked or this one was stopped. Never rejects because of the question.
   */
  readonly ask: <T>(question: (signal: AbortSignal) => Promise<T>, handlers: Handlers<T>) => Promise<void>;
  readonly stop: () => void;
  /** Whether an answer is awaited. */
  readonly isAsking: () => boolean;
}

export function latestOnly(): Latest {
  let current = new AbortController();
  let asking: AbortSignal | null = null;

  const restart = (): AbortSignal => {
    current.abort();
    current = new AbortController();
    return current.signal;
  };

  return {
    async ask(question, handlers) {
      const signal = restart();
      asking = signal;
      let respond: () => void;
      try {
        const value = await question(signal);
        respond = () => handlers.answer(value);
      } catch (error) {
        respond = () => handlers.failure(error as Error);
      }
      if (signal.aborted) return;
      asking = null;
      respond();
    },
    stop: () => void restart(),
    isAsking: () => asking !== null && !asking.aborted,
  };
}
