/** The numbers of the method: neighbors, minimum distance, perplexity; and which principal components are drawn. */
import type { App } from "../app";
import type { SettingInfo } from "../data/source";
import { AXIS_LETTERS } from "../state/axes";
import { decimal } from "../state/numbers";
import {
  canChoose,
  isAllowed,
  settingsOf,
  shownComponents,
  stepped,
  withComponent,
  withSetting,
} from "../state/projection-settings";
import { fill, h } from "./dom";
import { icon } from "./icons";
import { freshId, labeled, locale, localized, subscribe } from "./subscribe";
import "./projection-settings.css";

export function projectionSettings(app: App): HTMLElement {
  const methods = app.source.manifest.methods.map(({ method }) => {
    const rows = settingsOf(app.source.manifest, method).map((info) => settingRow(app, info));
    return { method, element: h("div", { class: "stack" }, ...rows) };
  });
  const chosen = components(app);
  subscribe(app, ["method", "isLive"], () => {
    const now = app.store.get().method;
    for (const { method, element } of methods) element.hidden = method !== now || element.childElementCount === 0;
    chosen.hidden = now !== "pca" || !canChoose(app.source.manifest);
  });
  return h("div", { class: "projection-settings" }, ...methods.map(({ element }) => element), chosen);
}

function settingRow(app: App, info: SettingInfo): HTMLElement {
  const { name, lowest, highest, step } = info;
  const [fieldId, messageId] = [freshId("setting"), freshId("message")];
  const normal = h("span", { class: "muted small end" });
  const message = h("p", { class: "message", id: messageId });
  const field = numberField({ id: fieldId, min: lowest, max: highest, step: "any", "aria-describedby": messageId });
  const range = () => {
    const [low, high] = [lowest, highest].map((value) => String(value));
    return app.t("settings.range", { low, high });
  };
  field.addEventListener("change", () => {
    const value = Number(field.value);
    const isGood = field.value !== "" && isAllowed(info, value);
    field.setAttribute("aria-invalid", String(!isGood));
    message.classList.toggle("warn", !isGood);
    fill(message, isGood ? app.t(`settings.${name}.note`) : range());
    if (isGood) app.store.set({ settings: withSetting(app.store.get().settings, info, value) });
  });
  subscribe(app, ["settings", "method", "lang"], () => {
    field.value = String(app.store.get().settings[name] ?? info.default);
    field.title = range();
    field.removeAttribute("aria-invalid");
    message.classList.remove("warn");
    fill(message, app.t(`settings.${name}.note`));
    fill(normal, app.t("settings.default", { value: decimal(locale(app), info.default, step < 1 ? 1 : 0) }));
  });
  const label = h("label", { class: "label", for: fieldId }, localized(app, `settings.${name}`));
  return h("div", {}, h("div", { class: "row" }, label, normal, field), message);
}

function components(app: App): HTMLElement {
  const { dim } = app.source.manifest;
  const fields = AXIS_LETTERS.map((letter, axis) => {
    const field = numberField({ min: 1, max: dim, step: 1 });
    field.addEventListener("change", () => {
      const { components: now } = app.store.get();
      if (field.value !== "" && field.checkValidity())
        app.store.set({ components: withComponent(now, axis, Number(field.value), dim) });
      else show();
    });
    subscribe(app, ["lang"], () => field.setAttribute("aria-label", app.t("components.axis", { axis: letter })));
    return field;
  });
  const [back, on] = ([-1, 1] as const).map((by) => {
    const name = by < 0 ? "components.previous" : "components.next";
    const step = () => {
      const { components: now, dims } = app.store.get();
      app.store.set({ components: stepped(now, dims, by, dim) });
    };
    const button = h("button", { type: "button", class: "button small icon", onclick: step });
    button.classList.add(by < 0 ? "turned-left" : "turned-right");
    button.append(icon("down"));
    return labeled(app, button, name);
  });
  function show(): void {
    const { components: now, dims } = app.store.get();
    const shown = shownComponents(now, dims);
    fields.forEach((field, axis) => {
      field.hidden = axis >= dims;
      field.value = String(shown[axis] ?? "");
    });
    back.disabled = Math.min(...shown) <= 1;
    on.disabled = Math.min(...shown) + dims > dim;
  }
  subscribe(app, ["components", "dims", "method"], show);
  const name = h("span", { class: "label" }, localized(app, "components.title"));
  const group = h("div", { class: "row projection-components", role: "group" }, name, back, ...fields, on);
  return labeled(app, group, "components.title");
}

function numberField(attributes: Readonly<Record<string, string | number>>): HTMLInputElement {
  return h("input", { class: "field number", type: "number", ...attributes });
}
