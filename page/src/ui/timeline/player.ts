/** The timeline under the map: the loss, a slider with a tick at each moment, and what plays it. */
import type { App } from "../../app";
import { lastMoment, momentsOf, SPEEDS } from "../../state/timeline";
import { type Choice, segmented } from "../controls";
import { fill, h } from "../dom";
import type { Key } from "../i18n";
import { type Icon, icon } from "../icons";
import { labeled, subscribe } from "../subscribe";
import { step, togglePlaying } from "./actions";
import { curves } from "./curves";
import { lossTexts, momentName, momentNumber, momentText } from "./moment-text";
import "./player.css";

/** More ticks would be a gray bar. */
const MAX_TICKS = 150;
/** PageUp and PageDown pass so many parts of all. */
const PAGES = 10;

const SPEED_TEXTS: Readonly<Record<(typeof SPEEDS)[number], string>> = { 0.5: "½×", 1: "1×", 2: "2×", 4: "4×" };
const SPEED_CHOICES: readonly Choice<string>[] = SPEEDS.map((speed) => ({
  value: String(speed),
  label: SPEED_TEXTS[speed],
}));

/** null: there is nothing to play. */
export function player(app: App): HTMLElement | null {
  const { store } = app;
  if (momentsOf(app.source.manifest).length === 0) return null;
  const play = button(app, togglePlaying);
  const loop = button(app, () => store.set({ loop: !store.get().loop }));
  fill(loop, icon("loop"));
  const speed = segmented((value) => store.set({ speed: SPEEDS.find((one) => String(one) === value)! }));
  subscribe(app, ["lang", "speed"], () =>
    speed.show(app.t("timeline.speed"), SPEED_CHOICES, String(store.get().speed)),
  );
  subscribe(app, ["lang", "playing"], () => {
    const { playing } = store.get();
    fill(play, icon(playing ? "pause" : "play"));
    name(app, play, playing ? "timeline.pause" : "timeline.play");
  });
  subscribe(app, ["lang", "loop"], () => {
    name(app, loop, "timeline.loop");
    loop.setAttribute("aria-pressed", String(store.get().loop));
  });
  const buttons = h(
    "div",
    { class: "timeline-buttons" },
    stepButton(app, -1, "previous", "timeline.previous"),
    play,
    stepButton(app, 1, "next", "timeline.next"),
  );
  const choices = h("div", { class: "timeline-choices" }, speed.element, loop);
  const element = h("section", { class: "timeline" }, buttons, ...track(app), choices);
  return labeled(app, element, "timeline.title");
}

/** The curves with the slider below them, and the moment in words. */
function track(app: App): HTMLElement[] {
  const moments = momentsOf(app.source.manifest);
  const number = h("span", { class: "timeline-number" });
  const progress = h("span", { class: "cut" });
  const loss = h("span", { class: "timeline-loss" });
  const validation = h("span", { class: "timeline-validation" });
  const text = h("div", { class: "timeline-text number", "aria-hidden": "true" }, number, progress, loss, validation);
  let pointed: number | null = null;
  function write(): void {
    const moment = pointed ?? Math.round(app.store.get().moment);
    const losses = lossTexts(app, moment);
    fill(number, momentNumber(app, moment));
    fill(progress, momentName(app, moment));
    fill(loss, losses.loss);
    fill(validation, losses.validation);
    text.classList.toggle("is-pointed", pointed !== null);
  }
  const lines = curves(app, (moment) => {
    pointed = moment;
    write();
  });
  const orNaN = (value: number | null) => value ?? NaN;
  const losses = [moments.map(({ loss: one }) => orNaN(one)), moments.map((one) => orNaN(one.validationLoss))];
  lines.show(losses);
  subscribe(app, ["markedMoment"], () => lines.mark(app.session.get().markedMoment));
  lines.element.hidden = losses.every((line) => line.every(Number.isNaN));
  let written = NaN;
  const rewrite = () => {
    const moment = Math.round(app.store.get().moment);
    if (moment !== written && pointed === null) write();
    written = moment;
  };
  subscribe(app, ["moment"], rewrite);
  subscribe(app, ["lang"], write);
  return [h("div", { class: "timeline-track" }, lines.element, slider(app), ticks(moments.length)), text];
}

function slider(app: App): HTMLInputElement {
  const { store } = app;
  const last = lastMoment(app.source.manifest);
  const field = h("input", { type: "range", class: "timeline-slider", min: 0, max: last, step: "any" });
  const go = (moment: number) => store.set({ playing: false, moment: Math.min(Math.max(moment, 0), last) });
  field.addEventListener("input", () => go(Number(field.value)));
  field.addEventListener("change", () => go(Math.round(Number(field.value)))); // let go: at the nearest moment
  const page = Math.max(1, Math.round(last / PAGES));
  const keys: Readonly<Record<string, () => void>> = {
    ArrowRight: () => step(app, 1),
    ArrowUp: () => step(app, 1),
    ArrowLeft: () => step(app, -1),
    ArrowDown: () => step(app, -1),
    PageUp: () => go(Math.round(store.get().moment) + page),
    PageDown: () => go(Math.round(store.get().moment) - page),
    Home: () => go(0),
    End: () => go(last),
    " ": () => togglePlaying(app),
  };
  field.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });
  let said = "";
  const say = () => {
    const text = momentText(app, Math.round(store.get().moment));
    if (text !== said) field.setAttribute("aria-valuetext", (said = text));
  };
  let at = NaN;
  subscribe(app, ["moment"], () => {
    const { moment } = store.get();
    field.value = String(moment);
    if (Math.round(moment) !== at) say();
    at = Math.round(moment);
  });
  subscribe(app, ["lang"], say);
  return labeled(app, field, "timeline.slider");
}

function ticks(count: number): HTMLElement {
  const marks = count > MAX_TICKS ? [] : Array.from({ length: count }, () => h("span"));
  return h("div", { class: "timeline-ticks", "aria-hidden": "true" }, ...marks);
}

function button(app: App, run: (app: App) => void): HTMLButtonElement {
  return h("button", { type: "button", class: "button quiet icon", onclick: () => run(app) });
}

function stepButton(app: App, by: 1 | -1, drawing: Icon, key: Key): HTMLButtonElement {
  const element = button(app, () => step(app, by));
  fill(element, icon(drawing));
  subscribe(app, ["lang"], () => name(app, element, key));
  return element;
}

function name(app: App, element: HTMLElement, key: Key): void {
  element.setAttribute("aria-label", app.t(key));
  element.title = app.t(key);
}
