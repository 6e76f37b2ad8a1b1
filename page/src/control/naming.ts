/** What the labels on the map say: the tokens, or the values of a column of the metadata. */
import type { App } from "../app";
import type { Column } from "../data/source";
import { TokenTable } from "../data/tokens";
import { valueText } from "../state/columns";
import { latestOnly } from "../state/latest";
import { errorText } from "../ui/errors";
import { localColumn } from "../ui/own-columns";

const NO_VALUE = "–";

export function controlNaming(app: App): void {
  const latest = latestOnly();

  function update(): void {
    const { labelBy } = app.store.get();
    latest.stop();
    if (labelBy === null) return app.map.setNames(app.tokens);
    void latest.ask(() => app.source.column(labelBy), {
      answer: (column) => app.map.setNames(valueNames(localColumn(app, column))),
      failure: (error) => app.notify(errorText(app.store.get().lang, error.message)),
    });
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (now.labelBy !== before.labelBy || (now.lang !== before.lang && now.labelBy !== null)) update();
    }),
  );
  app.onDestroy(latest.stop);
  if (app.store.get().labelBy !== null) update();
}

export function valueNames(column: Column): TokenTable {
  const names = Array.from(column.values, (_, id) => valueText(column, id) ?? NO_VALUE);
  const offsets = new Uint32Array(names.length + 1);
  names.forEach((name, id) => (offsets[id + 1] = offsets[id] + name.length));
  return new TokenTable(names.join(""), offsets);
}
