/** Answers that are asked for once. */

/** Ask once for each key; after a failure, again. */
export function cached<K, V>(ask: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const answers = new Map<K, Promise<V>>();
  return (key) => {
    let answer = answers.get(key);
    if (answer === undefined) {
      answers.set(key, (answer = ask(key)));
      answer.catch(() => answers.delete(key));
    }
    return answer;
  };
}
