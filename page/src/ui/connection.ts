/** A line that stays while the server does not answer, and says what to do. */
import type { Panel } from "../app";
import type { Connection } from "../data/source";
import { h } from "./dom";
import type { Key } from "./i18n";
import { subscribe } from "./subscribe";
import "./connection.css";

const TEXTS: Readonly<Record<Exclude<Connection, "open">, Key>> = {
  lost: "connection.lost",
  refused: "connection.refused",
  restarted: "connection.restarted",
  silent: "connection.silent",
};

export const connectionLine: Panel = (app) => {
  let now: Connection = "open";
  const text = h("span", { class: "grow" });
  const reload = h("button", { type: "button", class: "button small", onclick: () => location.reload() });
  const element = h("div", { class: "connection", role: "alert" }, text, reload);

  const show = () => {
    element.hidden = now === "open";
    reload.hidden = now !== "restarted";
    text.textContent = now === "open" ? "" : app.t(TEXTS[now]);
    reload.textContent = app.t("connection.reload");
  };
  subscribe(app, ["lang"], show);
  app.onDestroy(
    app.source.watch((next) => {
      if (next === "open") app.notify(app.t(now === "silent" ? "connection.kernelBack" : "connection.back"));
      now = next;
      show();
    }),
  );
  return element;
};
