import { expect, test } from "vitest";
import { controlNaming } from "../../src/control/naming";
import type { Column } from "../../src/data/source";
import type { TokenTable } from "../../src/data/tokens";
import { fakeApp, settled } from "../fake-app";

const kinds: Column = {
  info: { name: "kind", kind: "category", labels: ["animal", "물건"] },
  values: Uint16Array.of(1, 1, 2, 0),
};

test("labels say the values of the column, then the tokens again", async () => {
  const { app, map } = fakeApp({ column: async () => kinds }, { labelBy: 0 });
  controlNaming(app);
  await settled();
  const names = map.setNames.mock.lastCall![0] as TokenTable;
  expect([0, 1, 2, 3].map((id) => names.token(id))).toEqual(["animal", "animal", "물건", "–"]);
  app.store.set({ labelBy: null });
  expect(map.setNames.mock.lastCall).toEqual([app.tokens]);
});

test("labels of the column that tovec adds follow the language", async () => {
  const info = { name: "suspects", kind: "category", labels: ["suspect", "reference row"] } as const;
  const suspects: Column = { info, values: Uint16Array.of(1, 2, 0, 0) };
  const { app, map } = fakeApp({ column: async () => suspects }, { labelBy: 0, lang: "en" });
  controlNaming(app);
  await settled();
  const shown = () => [0, 1, 2].map((id) => (map.setNames.mock.lastCall![0] as TokenTable).token(id));
  expect(shown()).toEqual(["suspect", "unused or reserved", "–"]);
  app.store.set({ lang: "ko" });
  await settled();
  expect(shown()).toEqual(["의심", "미사용·예약", "–"]);
});
