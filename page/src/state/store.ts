/** One value that is changed in one place; subscribers hear of every change. */
export interface Store<T> {
  get(): T;
  /** Change some fields. Listeners are called once, after all are changed, unless nothing differs. */
  set(change: Partial<T>): void;
  /** Call `listener` at every change until the returned function is called. */
  subscribe(listener: (now: T, before: T) => void): () => void;
}

export function createStore<T extends object>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<(now: T, before: T) => void>();
  return {
    get: () => value,
    set(change) {
      const keys = Object.keys(change) as (keyof T)[];
      if (keys.every((key) => Object.is(value[key], change[key]))) return;
      const before = value;
      value = { ...value, ...change };
      // A copy: a listener that is added during the loop does not hear of this change.
      // oxlint-disable-next-line unicorn/no-useless-spread
      for (const listener of [...listeners]) listener(value, before);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
