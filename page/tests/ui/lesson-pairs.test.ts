import { expect, test } from "vitest";
import { TokenTable } from "../../src/data/tokens";
import { suggestedPairs } from "../../src/ui/lesson/pairs";
import { fakeApp, film } from "../fake-app";

const WORDS = ["will", "shall", "king", "queen", "door"];
/** Two words are the nearer the nearer their numbers: will and shall, then king and queen. */
const PLACE = [0, 0.1, 5, 5.3, 9];
const likeness = (a: number, b: number) => 1 - Math.abs(PLACE[a] - PLACE[b]) / 10;
const ends = WORDS.map((_, at) => WORDS.slice(0, at).join("").length);

function appWith(familiar: readonly number[]) {
  const { app } = fakeApp({
    manifest: { ...film, nTokens: WORDS.length, timeline: { ...film.timeline!, familiar } },
    norms: async () => Float32Array.of(1, 1, 1, 1, 1),
    nearest: async ({ positive: [id] }) =>
      WORDS.map((_, other) => ({ id: other, score: likeness(id as number, other) }))
        .filter((one) => one.id !== id)
        .sort((one, other) => other.score - one.score),
    overTime: async (a, b) => Float32Array.of(0, 0, 0, likeness(a, b!)),
  });
  const tokens = new TokenTable(WORDS.join(""), Uint32Array.of(...ends, WORDS.join("").length));
  return { ...app, tokens, importance: Uint32Array.of(0, 1, 2, 3, 4) };
}

const named = async (familiar: readonly number[]) =>
  (await suggestedPairs(appWith(familiar))).map((pair) => pair.map((id) => WORDS[id]));

test("words that mean something by themselves are followed, and not those of grammar that are nearer", async () => {
  expect((await named([2, 3, 4]))[0]).toEqual(["king", "queen"]);
});

test("where no two such words are near, the frequent words are followed", async () => {
  expect((await named([]))[0]).toEqual(["will", "shall"]);
  expect((await named([4]))[0]).toEqual(["will", "shall"]);
});
