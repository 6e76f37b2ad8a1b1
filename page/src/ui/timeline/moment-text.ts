/** A moment of a timeline in words. */
import type { App } from "../../app";
import { decimal } from "../../state/numbers";
import { momentsOf } from "../../state/timeline";
import { locale } from "../subscribe";

/** "Moment 12 of 50". `moment`: whole, counted from 0. */
export function momentNumber(app: App, moment: number): string {
  return app.t("timeline.moment", { n: moment + 1, total: momentsOf(app.source.manifest).length });
}

/** How far training had come: "1,200,000 ids"; where that is unknown, what the moment is called. */
export function momentName(app: App, moment: number): string {
  const { unit } = app.source.manifest.timeline!;
  const { name, progress } = momentsOf(app.source.manifest)[moment];
  return progress === null || unit === "" ? name : app.t(`timeline.${unit}`, { n: progress });
}

/** The losses that are known; empty where none is. */
export function lossTexts(app: App, moment: number): { readonly loss: string; readonly validation: string } {
  const { loss, validationLoss } = momentsOf(app.source.manifest)[moment];
  const text = (value: number | null) => (value === null ? "" : decimal(locale(app), value, 3));
  return {
    loss: loss === null ? "" : app.t("timeline.loss", { value: text(loss) }),
    validation: validationLoss === null ? "" : app.t("timeline.validation", { value: text(validationLoss) }),
  };
}

/** All of it in one line. */
export function momentText(app: App, moment: number): string {
  const { loss, validation } = lossTexts(app, moment);
  return [momentNumber(app, moment), momentName(app, moment), loss, validation].filter(Boolean).join(", ");
}
